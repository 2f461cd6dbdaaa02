#include "tls/connection.hpp"

#include "tls/connection_state.hpp"
#include "tls/policy.hpp"

#include <algorithm>
#include <new>
#include <string>

#include <openssl/err.h>

namespace simplon::tls {

using State = ServerConnection::State;

namespace {

void require_success(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

void set_policy(SSL& ssl, const Decided& decided) {
  if (decided.min_version >= route::TlsVersion::tls_1_3) {
    require_success(SSL_set_min_proto_version(&ssl, TLS1_3_VERSION) == 1);
  }
  const Digest context = session_id_context({decided.min_version, decided.server_name});
  require_success(SSL_set_session_id_context(&ssl, reinterpret_cast<const unsigned char*>(context.data()),
                                             static_cast<unsigned>(context.size())) == 1);
}

std::optional<std::string_view> group_of(SSL& ssl) {
#ifdef OPENSSL_IS_BORINGSSL
  const char* name = SSL_get_curve_name(SSL_get_curve_id(&ssl));
#else
  const auto group = SSL_get_negotiated_group(&ssl);
  if (group == NID_undef) return std::nullopt;
  const char* name = SSL_group_to_name(&ssl, static_cast<int>(group));
#endif
  return name == nullptr ? std::nullopt : std::optional<std::string_view>(name);
}

}  // namespace

ServerConnection::ServerConnection(Context context, int socket, const Decided& decided)
    : state_(std::make_unique<State>()) {
  ERR_clear_error();
  State& state = *state_;
  if (decided.selected) state.selected.emplace(*decided.selected);
  if (decided.offer) state.offer.emplace(*decided.offer);
  if (decided.server_name) state.server_name.emplace(*decided.server_name);
  state.end.socket = socket;
  state.end.owner = &state;
  state.end.may_write = &hello_gate;
  state.ssl.reset(SSL_new(context.native()));
  require_success(state.ssl != nullptr);
  SSL_set_app_data(state.ssl.get(), &state);
  set_policy(*state.ssl, decided);
  BIO* bio = make_socket_bio(state.end).release();
  SSL_set_bio(state.ssl.get(), bio, bio);
  SSL_set_accept_state(state.ssl.get());
}

ServerConnection::ServerConnection(ServerConnection&&) noexcept = default;
ServerConnection& ServerConnection::operator=(ServerConnection&&) noexcept = default;
ServerConnection::~ServerConnection() = default;

// Every step clears the thread's error queue first: SSL_get_error looks at it, and another connection's leftovers would
// turn a plain "want read" into a failure.

Step ServerConnection::handshake() {
  State& state = *state_;
  if (state.phase == State::Phase::open) return {Status::done, 0};
  if (state.phase == State::Phase::dead) return {state.ended ? Status::closed : Status::failed, 0};
  state.end.drained = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(state.ssl.get());
  return result == 1 ? state.finish_handshake() : state.classify(result);
}

Step ServerConnection::read(std::span<std::byte> buffer, bool drained) {
  State& state = *state_;
  state.end.drained = drained;
  if (state.phase != State::Phase::open) return {state.ended ? Status::closed : Status::failed, 0};
  if (buffer.empty()) return {Status::done, 0};
  ERR_clear_error();
  const int size = static_cast<int>(std::min(buffer.size(), std::size_t{1} << 30));
  const int result = SSL_read(state.ssl.get(), buffer.data(), size);
  return result > 0 ? Step{Status::done, static_cast<std::size_t>(result)} : state.classify(result);
}

bool ServerConnection::drained() const noexcept { return state_->end.drained; }

Step ServerConnection::write(std::span<const std::byte> data) {
  State& state = *state_;
  if (state.phase != State::Phase::open) return {Status::failed, 0};
  if (data.empty()) return {Status::done, 0};  // the library would take it for a mistake
  ERR_clear_error();
  const int size = static_cast<int>(std::min(data.size(), std::size_t{1} << 30));
  const int result = SSL_write(state.ssl.get(), data.data(), size);
  return result > 0 ? Step{Status::done, static_cast<std::size_t>(result)} : state.classify(result);
}

Step ServerConnection::shutdown() {
  State& state = *state_;
  // After a fatal error nothing may be sent any more (RFC 8446 §6.2), and before the end of the handshake there is no
  // stream to close.
  if (state.phase != State::Phase::open) return {Status::failed, 0};
  ERR_clear_error();
  const int result = SSL_shutdown(state.ssl.get());
  // 0: ours is on its way, the client's has not come; that one is for read() to see.
  return result >= 0 ? Step{Status::done, 0} : state.classify(result);
}

Negotiated ServerConnection::negotiated() const {
  SSL& ssl = *state_->ssl;
  Negotiated facts;
  facts.version = static_cast<route::TlsVersion>(SSL_version(&ssl));
  facts.version_text = facts.version == route::TlsVersion::tls_1_3 ? "1.3" : "1.2";
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(&ssl)) {
    facts.cipher = SSL_CIPHER_standard_name(cipher);
    facts.openssl_cipher = SSL_CIPHER_get_name(cipher);
    facts.suite = SSL_CIPHER_get_protocol_id(cipher);
  }
  facts.group = group_of(ssl);
  facts.resumed = SSL_session_reused(&ssl) == 1;
  return facts;
}

std::optional<ProtocolIdView> ServerConnection::selected() const noexcept { return selected_of(*state_->ssl); }

std::string_view ServerConnection::error() const noexcept { return state_->error; }
bool ServerConnection::negotiation_changed() const noexcept { return state_->changed; }
std::optional<std::uint8_t> ServerConnection::alert_sent() const noexcept { return state_->alert_sent; }
std::optional<std::uint8_t> ServerConnection::alert_received() const noexcept { return state_->alert_received; }
std::optional<int> ServerConnection::socket_error() const noexcept { return state_->end.error; }
std::uint64_t ServerConnection::socket_bytes_in() const noexcept { return state_->end.bytes_in; }
std::uint64_t ServerConnection::socket_bytes_out() const noexcept { return state_->end.bytes_out; }

bool ServerConnection::closed_cleanly() const noexcept { return state_->close_notify; }

}  // namespace simplon::tls
