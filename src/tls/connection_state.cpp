#include "tls/connection_state.hpp"

#include "tls/policy.hpp"
#include "tls/server_context.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <openssl/err.h>

namespace simplon::tls {

using State = ServerConnection::State;

namespace {

constexpr std::string_view changed_text = "the client's hello is not the one that was decided on";

Bytes bytes_of(const unsigned char* data, std::size_t size) { return std::as_bytes(std::span(data, size)); }

State* state_of(const SSL* ssl) { return static_cast<State*>(SSL_get_app_data(ssl)); }

// RFC 7301 §3.2: the server selects; that was done before the library was asked. Called once for every ClientHello
// with an ALPN extension, in a resumption too. The only failure that it can express is no_application_protocol.
int answer_offer(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void* /*unused*/) {
  State& state = *state_of(ssl);
  const auto names = ProtocolListView::parse_names(bytes_of(in, in_size));
  if (!names || !state.offer || !std::ranges::equal(names->wire_names(), state.offer->view().wire_names())) {
    state.changed = true;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  ++state.equal_offers;
  if (!state.selected) return SSL_TLSEXT_ERR_NOACK;
  const auto found = std::ranges::find(*names, state.selected->view());
  if (found == names->end()) {
    state.changed = true;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = reinterpret_cast<const unsigned char*>((*found).bytes().data());
  *out_size = static_cast<unsigned char>((*found).size());
  return SSL_TLSEXT_ERR_OK;
}

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
  if (content_type == SSL3_RT_ALERT && size == 2) note_alert(*state, sent != 0, bytes[1]);
  if (content_type == SSL3_RT_HANDSHAKE && sent == 0 && size > 0 && bytes[0] == SSL3_MT_CLIENT_HELLO) {
    ++state->hellos;
    state->hello_unchecked = true;
  }
}

std::string with_name(std::string_view text, std::uint8_t alert) {
  return std::string(text) + " (" + SSL_alert_desc_string_long(alert) + ", " + std::to_string(alert) + ")";
}

std::string library_error(const State& state) {
  if (state.alert_received) return with_name("the client sent an alert", *state.alert_received);
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason != nullptr ? reason : "the TLS library gave no reason";
  return state.alert_sent ? with_name(text, *state.alert_sent) : text;
}

}  // namespace

void install_callbacks(SSL_CTX& context) {
  SSL_CTX_set_alpn_select_cb(&context, answer_offer, nullptr);
  SSL_CTX_set_msg_callback(&context, observe_message);
}

std::optional<ProtocolIdView> selected_of(const SSL& ssl) noexcept {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(&ssl, &data, &size);
  const auto id = ProtocolIdView::from(as_text(bytes_of(data, size)));
  return id ? std::optional(*id) : std::nullopt;
}

bool State::hello_is_decided() const noexcept {
  // RFC 8446 §4.1.2: the second ClientHello repeats the first one's list. A dropped one shows in the count: the library
  // calls back for every offer, and every ClientHello must have had one, or none.
  if (equal_offers != (offer ? hellos : 0)) return false;
  // In a resumed TLS 1.2 session the library reports the session's name, not the hello's; the session id context has
  // bound the two together (RFC 6066 §3), and there was one hello only.
  if (SSL_session_reused(ssl.get()) == 1 && SSL_version(ssl.get()) == TLS1_2_VERSION) return true;
  const char* name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || !server_name) return (name == nullptr) == !server_name;
  return same_name(name, *server_name);
}

bool hello_gate(void* owner, Bytes record) {
  State& state = *static_cast<State*>(owner);
  constexpr std::byte handshake_record{22};
  // Only a server's answer is held back; an alert that the library wants to send instead goes out.
  if (state.phase != State::Phase::handshake || !state.hello_unchecked || record.empty() ||
      record[0] != handshake_record)
    return true;
  state.hello_unchecked = false;
  if (state.hello_is_decided()) return true;
  // Nothing is encrypted before the answer, so the alert is a plaintext record; the library has no call to send one.
  constexpr std::array<unsigned char, 7> illegal_parameter{21, 3, 3, 0, 2, SSL3_AL_FATAL, SSL_AD_ILLEGAL_PARAMETER};
  const Bytes alert = std::as_bytes(std::span(illegal_parameter));
  if (send_quietly(state.end.socket, alert) == static_cast<long>(alert.size())) {
    state.alert_sent = SSL_AD_ILLEGAL_PARAMETER;
    state.end.bytes_out += alert.size();
  }
  state.changed = true;
  return false;
}

Step State::finish_handshake() {
  const auto answered = selected_of(*ssl);
  const bool as_decided = answered && selected ? *answered == selected->view() : !answered && !selected;
  if (!hello_is_decided() || !as_decided) {
    changed = true;
    return fail(std::string(changed_text));
  }
  phase = Phase::open;
  offer.reset();
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
      return phase == Phase::handshake ? end_with_client() : Step{Status::closed, 0};
    default:
      break;
  }
  if (changed) return fail(std::string(changed_text));
  if (end.end_of_stream && !alert_received) return end_with_client();
  if (end.error) return fail(std::string("the connection broke: ") + std::strerror(*end.error));
  return fail(library_error(*this));
}

Step State::end_with_client() {
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
