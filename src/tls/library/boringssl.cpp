// BoringSSL, beyond what AWS-LC has in common with it.
#include "tls/library/native.hpp"

namespace simplon::tls::library {

// It offers and takes all three suites of TLS 1.3, and orders them itself: AES before ChaCha20 where the CPU has
// instructions for it, unless the client has none.
bool set_tls_1_3_suites(SSL_CTX& /*context*/, const char* names) {
  const std::string_view wanted = names;
  for (const char* const suite : {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    if (wanted.find(suite) == std::string_view::npos) return false;
  }
  return true;
}

// A second one takes the place of the first.
bool holds_several_certificates() noexcept { return false; }

void heed_chacha_first(SSL_CTX& /*context*/, bool /*wanted*/) {}

void enlarge_reads(SSL& /*ssl*/, std::size_t /*size*/) {}

}  // namespace simplon::tls::library
