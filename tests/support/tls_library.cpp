#include "support/tls_library.hpp"

namespace simplon::test {

#if defined(OPENSSL_IS_BORINGSSL) || defined(OPENSSL_IS_AWSLC)
std::shared_ptr<SSL_SESSION> keep(SSL_SESSION* session) {
  SSL_SESSION_up_ref(session);
  return {session, SSL_SESSION_free};
}

SSL_SESSION* make_session() {
  static SSL_CTX* const context = SSL_CTX_new(TLS_method());
  return SSL_SESSION_new(context);
}

bool allows_early_data(const SSL_SESSION& session) { return SSL_SESSION_early_data_capable(&session) == 1; }
#else
// A copy, for the library makes its own useless when the connection ends without close_notify.
std::shared_ptr<SSL_SESSION> keep(SSL_SESSION* session) { return {SSL_SESSION_dup(session), SSL_SESSION_free}; }

SSL_SESSION* make_session() { return SSL_SESSION_new(); }

bool allows_early_data(const SSL_SESSION& session) { return SSL_SESSION_get_max_early_data(&session) != 0; }
#endif

#ifdef OPENSSL_IS_BORINGSSL
bool set_tls_1_3_suites(SSL& /*ssl*/, const char* /*names*/) { return false; }
#else
bool set_tls_1_3_suites(SSL& ssl, const char* names) { return SSL_set_ciphersuites(&ssl, names) == 1; }
#endif

}  // namespace simplon::test
