#include "serve/tls_stream.hpp"

#include "simplon/alpn/protocol_id.hpp"

#include <algorithm>
#include <utility>

#include <sys/socket.h>

namespace simplon::serve {

namespace {

void note_failure(Connection& connection, const tls::ServerConnection& tls) {
  connection.facts.verdict = record::Verdict::failed;
  connection.facts.alert = tls.alert_sent();
  record::Reason reason = record::Reason::handshake_failed;
  if (tls.negotiation_refused()) reason = record::Reason::negotiation_changed;
  if (tls.certificate_refused()) reason = record::Reason::client_certificate;
  connection.fail(reason, std::string(tls.error()));
}

void note_success(Connection& connection, const tls::ServerConnection& tls) {
  record::Connection& facts = connection.facts;
  facts.verdict = record::Verdict::terminated;
  facts.handshake = connection.age() - facts.hello.value_or(std::chrono::microseconds{0});
  const tls::Negotiated negotiated = tls.negotiated();
  facts.tls = negotiated.version_text;
  facts.resumed = negotiated.resumed;
  facts.cipher = negotiated.cipher;
  const auto selected = tls.selected();
  if (selected) facts.selected = to_text(*selected);
  connection.services.counters.count_handshake(selected, facts.tls, *facts.handshake);
}

}  // namespace

net::Transfer TlsStream::finish() {
  const bool cut = cut_.written != nullptr && *cut_.written;
  const net::Transfer said = cut ? net::Transfer{} : translate(tls_->shutdown());
  // Where both directions are done, the close that follows says it.
  if (said.step == net::Step::done && !socket_->has_ended()) ::shutdown(socket_->descriptor(), SHUT_WR);
  return said;
}

void TlsStream::note_end() noexcept {
  socket_->note_end();
  if (cut_.read != nullptr) *cut_.read = !tls_->closed_cleanly();
}

void TlsStream::note_failure(Connection& connection) const {
  if (tls_->error().empty()) return;
  connection.facts.alert = tls_->alert_sent();
  record::Reason reason = record::Reason::protocol_violation;
  if (tls_->socket_error()) reason = record::Reason::client_reset;
  if (tls_->alert_received()) reason = record::Reason::alert_received;
  connection.fail(reason, std::string(tls_->error()));
}

net::Transfer TlsStream::translate(tls::Step step) noexcept {
  switch (step.status) {
    case tls::Status::done:
      return {net::Step::done, step.bytes};
    case tls::Status::want_read:
      return {net::Step::want_read, 0};
    case tls::Status::want_write:
      return {net::Step::want_write, 0};
    case tls::Status::closed:
      return {net::Step::end, 0};
    case tls::Status::failed:
      return {net::Step::failed, 0};
  }
  return {net::Step::failed, 0};
}

tls::ServerConnection make_tls(Connection& connection, Choice& choice) {
  return make_tls(connection, choice, connection.snapshot->contexts(choice.route));
}

tls::ServerConnection make_tls(Connection& connection, Choice& choice, const tls::ContextStore& contexts) {
  tls::Decided decided{.selected = choice.selected,
                       .offer = {},
                       .server_name = {},
                       .min_version = connection.config().routes[choice.route].min_tls};
  if (choice.offer) decided.offer = choice.offer->view();
  if (choice.server_name) decided.server_name = *choice.server_name;
  std::optional<std::string_view> name;
  if (choice.context_name) name = *choice.context_name;
  tls::ServerConnection tls(contexts.find(name), connection.client.descriptor(), decided,
                            std::exchange(connection.taken, {}));
  // A long list is not kept for as long as the connection lives.
  choice.offer.reset();
  choice.server_name.reset();
  return tls;
}

std::chrono::milliseconds left_until(const Connection& connection, std::chrono::microseconds limit) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - connection.age());
  return std::max(left, std::chrono::milliseconds(1));
}

net::Task<bool> shake_hands(Connection& connection, tls::ServerConnection& tls,
                            std::optional<std::chrono::microseconds> limit) {
  const std::chrono::milliseconds left = limit ? left_until(connection, *limit) : connection.limits().handshake_timeout;
  const net::Deadline deadline(connection.services.deadlines, left, connection.client);
  for (;;) {
    const tls::Step step = tls.handshake();
    if (step.status == tls::Status::done) {
      connection.end_handshake();
      note_success(connection, tls);
      co_return true;
    }
    if (step.status == tls::Status::closed) {
      connection.facts.verdict = record::Verdict::failed;
      connection.fail(record::Reason::client_closed, "the client closed during the handshake");
      co_return false;
    }
    if (step.status == tls::Status::failed) {
      note_failure(connection, tls);
      co_return false;
    }
    const bool ready =
        co_await net::wait_for(TlsStream(connection.client, tls),
                               step.status == tls::Status::want_read ? net::Step::want_read : net::Step::want_write);
    if (!ready) {
      connection.facts.verdict = record::Verdict::failed;
      connection.fail(deadline.expired() ? record::Reason::handshake_timeout : record::Reason::drained);
      co_return false;
    }
  }
}

}  // namespace simplon::serve
