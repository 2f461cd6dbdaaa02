#include "serve/backend_tls.hpp"

#include "serve/tls_stream.hpp"

#include <string>

namespace simplon::serve {

namespace {

constexpr auto no_application_protocol = static_cast<std::uint8_t>(Alert::no_application_protocol);

void note_failure(Connection& connection, const tls::ClientConnection& tls, bool timed_out) {
  connection.facts.verdict = record::Verdict::failed;
  if (connection.client.aborted()) {
    connection.fail(record::Reason::drained);
  } else {
    connection.services.counters.count_backend_error(connection.facts.backend);
  }
  record::Reason reason = record::Reason::backend_handshake_failed;
  if (tls.certificate_refused()) reason = record::Reason::backend_certificate;
  if (tls.alert_received() == no_application_protocol) reason = record::Reason::backend_protocol;
  if (tls.negotiation_refused() && !tls.certificate_refused()) reason = record::Reason::backend_protocol;
  if (timed_out) reason = record::Reason::backend_timeout;
  std::string detail(tls.error());
  if (detail.empty()) detail = timed_out ? "no end of the handshake in time" : "closed during the handshake";
  connection.fail(reason, "backend: " + detail);
}

}  // namespace

tls::ClientConnection make_backend_tls(Connection& connection, const Choice& choice, const net::Backend& backend,
                                       std::optional<ProtocolListView> offer, bool answer_required) {
  const auto& action = std::get<config::Tls>(connection.config().routes[choice.route].action);
  tls::Greeting greeting{
      .offer = offer, .answer_required = answer_required, .server_name = {}, .ip = {}, .peer = backend.text};
  if (action.server_name) {
    greeting.server_name = action.server_name;
  } else if (!backend.endpoint) {
    // An absolute name ends in a dot for DNS, and in none here (RFC 6066 §3).
    greeting.server_name = backend.host.substr(0, backend.host.size() - (backend.host.ends_with('.') ? 1 : 0));
  } else if (choice.context_name) {
    greeting.server_name = choice.context_name;
  } else if (backend.endpoint->is_ip()) {
    greeting.ip = backend.host;
  }
  return {connection.snapshot->client_context(choice.route), connection.backend->descriptor(), greeting};
}

net::Task<bool> shake_hands_with_backend(Connection& connection, tls::ClientConnection& tls,
                                         std::chrono::microseconds limit) {
  net::Socket& socket = *connection.backend;
  const net::Deadline deadline(connection.services.deadlines, left_until(connection, limit), socket);
  const net::AbortTogether together(connection.client, socket);
  for (;;) {
    const tls::Step step = tls.handshake();
    if (step.status == tls::Status::done) co_return true;
    bool ready = false;
    if (step.status == tls::Status::want_read) ready = co_await socket.wait_readable();
    if (step.status == tls::Status::want_write) ready = co_await socket.wait_writable();
    if (ready) continue;
    note_failure(connection, tls, deadline.expired());
    co_return false;
  }
}

}  // namespace simplon::serve
