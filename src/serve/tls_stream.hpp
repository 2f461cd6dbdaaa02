// A TLS connection as one end of a relay, and its handshake. Private to this layer.
#pragma once

#include "net/stream.hpp"
#include "serve/connection.hpp"
#include "tls/connection.hpp"

namespace simplon::serve {

/// The client's bytes inside TLS.
class TlsStream {
 public:
  static constexpr bool drains = false;  // the library may hold more than it has given

  TlsStream(net::Socket& socket, tls::ServerConnection& tls) noexcept : socket_(&socket), tls_(&tls) {}

  [[nodiscard]] net::Socket& socket() noexcept { return *socket_; }
  [[nodiscard]] net::Transfer read(std::span<std::byte> buffer) { return translate(tls_->read(buffer)); }
  [[nodiscard]] net::Transfer write(Bytes bytes) { return translate(tls_->write(bytes)); }
  /// close_notify, and the end of the TCP stream for clients that wait for that; reading may go on (RFC 8446 §6.1).
  [[nodiscard]] net::Transfer finish();
  /// Why the TLS connection failed, for the log.
  [[nodiscard]] std::string error() const { return std::string(tls_->error()); }

 private:
  static net::Transfer translate(tls::Step step) noexcept;

  net::Socket* socket_;
  tls::ServerConnection* tls_;
};

/// The TLS connection that `choice` asks for.
[[nodiscard]] tls::ServerConnection make_tls(Connection& connection, const Choice& choice);

/// Finishes the handshake within `handshake_timeout`. False when it failed; that is noted.
[[nodiscard]] net::Task<bool> shake_hands(Connection& connection, tls::ServerConnection& tls);

}  // namespace simplon::serve
