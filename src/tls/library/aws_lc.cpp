// AWS-LC, beyond what it has in common with BoringSSL.
#include "tls/library/native.hpp"

namespace simplon::tls::library {

bool set_tls_1_3_suites(SSL_CTX& context, const char* names) { return SSL_CTX_set_ciphersuites(&context, names) == 1; }
bool holds_several_certificates() noexcept { return true; }

void heed_chacha_first(SSL_CTX& /*context*/, bool /*wanted*/) {}

}  // namespace simplon::tls::library
