// ACME's tls-alpn-01 challenge (RFC 8737): a handshake with the certificate that an ACME client has made for it.
#include "serve/owners.hpp"
#include "serve/tls_stream.hpp"

#include <array>

namespace simplon::serve {

namespace {

// The certificate for the name that the client sent, read now: it is there only while the challenge lasts.
std::expected<tls::ContextStore, tls::CertificateError> find_challenge(const config::Acme& action,
                                                                       const std::string& name,
                                                                       route::TlsVersion min_version) {
  const auto certificate =
      tls::Certificate::load(action.folder / (name + ".crt.pem"), action.folder / (name + ".key.pem"));
  if (!certificate) return std::unexpected(certificate.error());
  const std::array certificates{*certificate};
  return tls::ContextStore::build(certificates, {.min_version = min_version, .tickets = false});
}

}  // namespace

net::Task<void> answer_challenge(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  const auto& action = std::get<config::Acme>(connection->config().routes[choice->route].action);
  // A name that fits DNS can lead nowhere but into the folder (`simplon::ServerName`).
  if (!choice->context_name) {
    connection->facts.verdict = record::Verdict::failed;
    connection->fail(record::Reason::no_challenge, "the client sent no name");
    co_await refuse(*connection, Alert::missing_extension);
    co_return;
  }
  const auto contexts = find_challenge(action, *choice->context_name, connection->config().tls.min_version);
  if (!contexts) {
    connection->facts.verdict = record::Verdict::failed;
    connection->fail(record::Reason::no_challenge, tls::describe(contexts.error()));
    co_await refuse(*connection, Alert::unrecognized_name);
    co_return;
  }
  tls::ServerConnection tls = make_tls(*connection, *choice, *contexts);
  const bool connected = co_await shake_hands(*connection, tls);
  // RFC 8737 §3: once the handshake is complete the connection is closed, without a byte of application data.
  if (connected) static_cast<void>(tls.shutdown());
  co_await linger(*connection);
}

}  // namespace simplon::serve
