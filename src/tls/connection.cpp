#include "tls/connection.hpp"

#include "tls/connection_state.hpp"
#include "tls/library/native.hpp"

#include <algorithm>
#include <utility>

#include <openssl/err.h>
#include <sys/socket.h>

namespace simplon::tls {

using State = Connection::State;

namespace {

// A connection that has sent so much sends more, and is worth a larger buffer.
constexpr std::uint64_t bulk_bytes = 256 * 1024;
// Two whole records of what AEAD ciphers make of 16 KiB; it is kept where a part of a record has come.
constexpr std::size_t bulk_read_bytes = 2UZ * (SSL3_RT_HEADER_LENGTH + SSL3_RT_MAX_PLAIN_LENGTH + 256);

}  // namespace

Connection::Connection(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

// Every step clears the thread's error queue first: SSL_get_error looks at it, and another connection's leftovers would
// turn a plain "want read" into a failure.

Step Connection::handshake() {
  State& state = *state_;
  if (state.phase == State::Phase::open) return {Status::done, 0};
  if (state.phase == State::Phase::dead) return {state.ended ? Status::closed : Status::failed, 0};
  state.end.drained = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(state.ssl.get());
  state.end.more_follows = false;
  return result == 1 ? state.finish_handshake() : state.classify(result);
}

Step Connection::read(std::span<std::byte> buffer, bool drained) {
  State& state = *state_;
  state.end.drained = drained;
  if (state.phase != State::Phase::open) return {state.ended ? Status::closed : Status::failed, 0};
  if (buffer.empty()) return {Status::done, 0};
  if (!state.reads_bulk && state.end.bytes_in >= bulk_bytes) {
    state.reads_bulk = true;
    library::enlarge_reads(*state.ssl, bulk_read_bytes);
  }
  ERR_clear_error();
  // All records that the library holds: whoever gets them may hand them on by one call.
  std::size_t read = 0;
  do {
    const int size = static_cast<int>(std::min(buffer.size() - read, std::size_t{1} << 30));
    const int result = SSL_read(state.ssl.get(), buffer.data() + read, size);
    if (state.end.kernel.has_taken_over() && library::owes_new_key(*state.ssl)) return state.refuse_new_key();
    if (result <= 0) {
      // What comes behind bytes that were read is told by the next call.
      const Step step = state.classify(result);
      return read > 0 ? Step{Status::done, read} : step;
    }
    read += static_cast<std::size_t>(result);
  } while (read < buffer.size() && SSL_has_pending(state.ssl.get()) == 1);
  return {Status::done, read};
}

bool Connection::drained() const noexcept { return state_->end.drained; }

Step Connection::write(std::span<const std::byte> data, bool more) {
  State& state = *state_;
  if (state.phase != State::Phase::open) return {Status::failed, 0};
  if (data.empty()) return {Status::done, 0};  // the library would take it for a mistake
  if (state.end.kernel.has_taken_over()) {
    return state.classify_sent(send_quietly(state.end.socket, data, more ? MSG_MORE : 0));
  }
  ERR_clear_error();
  const int size = static_cast<int>(std::min(data.size(), std::size_t{1} << 30));
  state.end.more_follows = more || data.size() > SSL3_RT_MAX_PLAIN_LENGTH;
  const int result = SSL_write(state.ssl.get(), data.data(), size);
  state.end.more_follows = false;
  return result > 0 ? Step{Status::done, static_cast<std::size_t>(result)} : state.classify(result);
}

bool Connection::let_kernel_send() {
  State& state = *state_;
  if (state.end.kernel.has_taken_over()) return true;
  const SSL& ssl = *state.ssl;
  if (state.phase != State::Phase::open || SSL_want(&ssl) == SSL_WRITING || SSL_in_init(&ssl) != 0) return false;
  if (library::owes_new_key(ssl)) return false;
  return state.end.kernel.take_over(state.end.socket);
}

Step Connection::shutdown() {
  State& state = *state_;
  // After a fatal error nothing may be sent any more (RFC 8446 §6.2), and before the end of the handshake there is no
  // stream to close.
  if (state.phase != State::Phase::open) return {Status::failed, 0};
  if (state.end.kernel.has_taken_over()) {
    return state.classify_sent(send_alert(state.end.socket, SSL3_AL_WARNING, SSL_AD_CLOSE_NOTIFY));
  }
  ERR_clear_error();
  const int result = SSL_shutdown(state.ssl.get());
  // 0: ours is on its way, the client's has not come; that one is for read() to see.
  return result >= 0 ? Step{Status::done, 0} : state.classify(result);
}

Negotiated Connection::negotiated() const {
  SSL& ssl = *state_->ssl;
  Negotiated facts;
  facts.version = static_cast<route::TlsVersion>(SSL_version(&ssl));
  facts.version_text = facts.version == route::TlsVersion::tls_1_3 ? "1.3" : "1.2";
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(&ssl)) {
    facts.cipher = SSL_CIPHER_standard_name(cipher);
    facts.openssl_cipher = SSL_CIPHER_get_name(cipher);
    facts.suite = SSL_CIPHER_get_protocol_id(cipher);
  }
  facts.group = library::group_of(ssl);
  facts.resumed = SSL_session_reused(&ssl) == 1;
  return facts;
}

std::optional<ProtocolIdView> Connection::selected() const noexcept { return selected_of(*state_->ssl); }

std::string_view Connection::error() const noexcept { return state_->error; }
bool Connection::negotiation_refused() const noexcept { return state_->refused; }
std::optional<std::uint8_t> Connection::alert_sent() const noexcept { return state_->alert_sent; }
std::optional<std::uint8_t> Connection::alert_received() const noexcept { return state_->alert_received; }
std::optional<int> Connection::socket_error() const noexcept { return state_->end.error; }
std::uint64_t Connection::socket_bytes_in() const noexcept { return state_->end.bytes_in; }
std::uint64_t Connection::socket_bytes_out() const noexcept { return state_->end.bytes_out; }

bool Connection::closed_cleanly() const noexcept { return state_->close_notify; }

}  // namespace simplon::tls
