#include "tls/connection_state.hpp"

#include "tls/library/native.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include <openssl/err.h>

namespace simplon::tls {

using State = Connection::State;

namespace {

void note_alert(State& state, bool sent, std::uint8_t alert) {
  if (alert == SSL3_AD_CLOSE_NOTIFY) {
    if (!sent) state.close_notify = true;
    return;
  }
  (sent ? state.alert_sent : state.alert_received) = alert;
}

void observe_message(int sent, int /*version*/, int content_type, const void* data, std::size_t size, SSL* ssl,
                     void* /*unused*/) {
  State* state = state_of(ssl);
  if (state == nullptr) return;
  const auto* bytes = static_cast<const unsigned char*>(data);
  if (content_type == SSL3_RT_ALERT && size == 2) {
    note_alert(*state, sent != 0, bytes[1]);
    // What the library has written itself was dropped.
    if (sent != 0 && state->end.kernel.has_taken_over()) {
      static_cast<void>(send_alert(state->end.socket, bytes[0], bytes[1]));
    }
  }
  if (content_type != SSL3_RT_HANDSHAKE) return;
  if (sent == 0) state->note_message(std::as_bytes(std::span(bytes, size)));
  if (sent != 0 && size > 0 && bytes[0] == SSL3_MT_KEY_UPDATE) state->end.kernel.forget_key();
  // Nobody waits for a ticket: it may go with the first answer, and the kernel does not keep it for long.
  if (sent != 0 && library::is_ticket_alone(*ssl)) state->end.more_follows = true;
}

std::string with_name(std::string_view text, std::uint8_t alert) {
  return std::string(text) + " (" + SSL_alert_desc_string_long(alert) + ", " + std::to_string(alert) + ")";
}

std::string library_error(const State& state) {
  if (state.alert_received) {
    return with_name("the " + std::string(state.peer()) + " sent an alert", *state.alert_received);
  }
  std::string text = state.explanation();
  if (text.empty()) text = library::reason_of_error();
  if (text.empty()) text = "the TLS library gave no reason";
  return state.alert_sent ? with_name(text, *state.alert_sent) : text;
}

}  // namespace

State* state_of(const SSL* ssl) noexcept { return static_cast<State*>(SSL_get_app_data(ssl)); }

void require_success(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

void observe_messages(SSL_CTX& context) { SSL_CTX_set_msg_callback(&context, observe_message); }

long verdict_of(const SSL& ssl) noexcept {
  const long verdict = SSL_get_verify_result(&ssl);
  return verdict == X509_V_ERR_INVALID_CALL ? X509_V_OK : verdict;  // some call it invalid to ask so early
}

std::optional<ProtocolIdView> selected_of(const SSL& ssl) noexcept {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(&ssl, &data, &size);
  const auto id = ProtocolIdView::from(as_text(std::as_bytes(std::span(data, size))));
  return id ? std::optional(*id) : std::nullopt;
}

void State::attach(SSL_CTX& context, int socket) {
  ERR_clear_error();
  end.socket = socket;
  ssl.reset(SSL_new(&context));
  require_success(ssl != nullptr);
  SSL_set_app_data(ssl.get(), this);
  BIO* bio = make_socket_bio(end).release();
  SSL_set_bio(ssl.get(), bio, bio);
}

Step State::finish_handshake() {
  if (const std::string_view why = objection(); !why.empty()) {
    refused = true;
    return fail(std::string(why));
  }
  phase = Phase::open;
  return {Status::done, 0};
}

Step State::classify(int result) {
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Status::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Status::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      // In the handshake there is no direction of ours that could stay open.
      return phase == Phase::handshake ? end_with_peer() : Step{Status::closed, 0};
    case SSL_ERROR_SYSCALL:
      // A bare end of the stream, which some libraries tell this way. Our own direction stays open.
      if (phase == Phase::open && end.end_of_stream && !end.error) return {Status::closed, 0};
      break;
    default:
      break;
  }
  if (refused) return fail(std::string(objection()));
  if (end.end_of_stream && !alert_received) return end_with_peer();
  if (end.error) return fail(std::string("the connection broke: ") + std::strerror(*end.error));
  return fail(library_error(*this));
}

Step State::classify_sent(long sent) {
  if (sent >= 0) return {Status::done, static_cast<std::size_t>(sent)};
  if (errno == EAGAIN || errno == EINTR) return {Status::want_write, 0};
  end.error = errno;
  return fail(std::string("the connection broke: ") + std::strerror(*end.error));
}

Step State::refuse_new_key() {
  alert_sent = SSL_AD_INTERNAL_ERROR;
  static_cast<void>(send_alert(end.socket, SSL3_AL_FATAL, SSL_AD_INTERNAL_ERROR));
  return fail("the " + std::string(peer()) + " asked for a new key, which the kernel can't be given");
}

Step State::end_with_peer() {
  phase = Phase::dead;
  ended = true;
  ERR_clear_error();
  return {Status::closed, 0};
}

Step State::fail(std::string why) {
  phase = Phase::dead;
  error = std::move(why);
  ERR_clear_error();
  return {Status::failed, 0};
}

}  // namespace simplon::tls
