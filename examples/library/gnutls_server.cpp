// A server of h2 and http/1.1 on GnuTLS: gnutls_server PEM, with its certificate and key; one connection, on standard
// input, as inetd starts it.
#include <simplon/adapters/gnutls.hpp>

#include <iostream>

int main(int argc, char** argv) {
  gnutls_certificate_credentials_t credentials = nullptr;
  gnutls_certificate_allocate_credentials(&credentials);
  if (argc != 2 || gnutls_certificate_set_x509_key_file(credentials, argv[1], argv[1], GNUTLS_X509_FMT_PEM) != 0) {
    std::cerr << "usage: gnutls_server PEM\n";
    return 2;
  }
  gnutls_session_t session = nullptr;
  gnutls_init(&session, GNUTLS_SERVER);
  gnutls_set_default_priority(session);
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_transport_set_int(session, 0);

  const simplon::ProtocolIdView speaks[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  auto preferences = simplon::Preferences::from(speaks);
  if (!preferences) return 3;
  // One for all sessions; a session is told of it, as of everything in GnuTLS.
  const auto policy = std::make_shared<const simplon::Policy>(std::move(*preferences));
  if (const auto set = simplon::gnutls::set_policy(session, policy); !set) {
    std::cerr << set.error() << '\n';
    return 3;
  }

  int status = 0;
  do {
    status = gnutls_handshake(session);
  } while (status < 0 && gnutls_error_is_fatal(status) == 0);
  if (status < 0) {
    gnutls_alert_send_appropriate(session, status);  // the client is told why
    std::cerr << gnutls_strerror(status) << '\n';
  } else {
    const auto protocol = simplon::gnutls::selected(session);
    const std::string text = protocol ? to_text(*protocol) : "no protocol";
    gnutls_record_send(session, text.data(), text.size());
    gnutls_bye(session, GNUTLS_SHUT_WR);
  }
  gnutls_deinit(session);
  gnutls_certificate_free_credentials(credentials);
  return status < 0 ? 1 : 0;
}
