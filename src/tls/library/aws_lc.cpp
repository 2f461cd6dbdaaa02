// AWS-LC, beyond what it has in common with BoringSSL.
#include "tls/library/native.hpp"

namespace simplon::tls::library {

bool set_tls_1_3_suites(SSL_CTX& context, const char* names) { return SSL_CTX_set_ciphersuites(&context, names) == 1; }
bool holds_several_certificates() noexcept { return true; }

void heed_chacha_first(SSL_CTX& /*context*/, bool /*wanted*/) {}

void enlarge_reads(SSL& ssl, std::size_t size) { SSL_set_default_read_buffer_len(&ssl, size); }

}  // namespace simplon::tls::library
