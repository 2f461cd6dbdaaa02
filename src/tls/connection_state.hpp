// The inside of a connection, for either end. For the sources of this layer only.
#pragma once

#include "tls/connection.hpp"
#include "tls/native.hpp"
#include "tls/socket_bio.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simplon::tls {

struct Connection::State {
  enum class Phase : std::uint8_t { handshake, open, dead };

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  virtual ~State() = default;

  SocketEnd end;
  SslOwner ssl;  ///< after `end`, which its BIO uses to the last
  Phase phase = Phase::handshake;
  bool ended = false;         ///< dead because the peer's stream ended, not because something failed
  bool close_notify = false;  ///< the peer sent it
  bool reads_bulk = false;    ///< it has read so much that more is expected
  bool refused = false;       ///< what was negotiated is not what this end accepts

  std::optional<std::uint8_t> alert_sent;
  std::optional<std::uint8_t> alert_received;
  std::string error;

  /// The handshake is done as far as the library is concerned; empty where it is for us, else why not.
  [[nodiscard]] virtual std::string_view objection() = 0;
  /// The peer's name in messages: "client" or "server".
  [[nodiscard]] virtual std::string_view peer() const noexcept = 0;
  /// The library is about to act on a handshake message of the peer's, whole with its header.
  virtual void note_message(Bytes message) noexcept = 0;
  /// Why the library failed, where that is known better than it tells; empty where not.
  [[nodiscard]] virtual std::string explanation() const { return {}; }

  /// Makes `ssl` from `context`, on `socket`. Throws std::bad_alloc where memory is out.
  void attach(SSL_CTX& context, int socket);
  /// Judges the finished handshake: `done`, or `failed`.
  Step finish_handshake();
  /// What the library's `result` of a step that was not done means.
  Step classify(int result);
  /// What the result of sending through the kernel means.
  Step classify_sent(long sent);
  /// Ends the connection because the peer asked for a new key, which the kernel can't be given (RFC 8446 §4.6.3).
  Step refuse_new_key();
  /// Ends the connection because the peer has gone.
  Step end_with_peer();
  /// Ends the connection for this reason.
  Step fail(std::string why);
};

/// The state that `ssl` was made for.
[[nodiscard]] Connection::State* state_of(const SSL* ssl) noexcept;

/// Throws std::bad_alloc where a call of the library failed that can fail for want of memory only.
void require_success(bool succeeded);

/// Has the library report alerts and ClientHellos to the state of each connection made from `context`.
void observe_messages(SSL_CTX& context);

/// The library's verdict on the peer's certificate, X509_V_OK also where it has come to none.
[[nodiscard]] long verdict_of(const SSL& ssl) noexcept;

/// What the library says was selected.
[[nodiscard]] std::optional<ProtocolIdView> selected_of(const SSL& ssl) noexcept;

}  // namespace simplon::tls
