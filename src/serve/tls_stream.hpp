// A TLS connection as one end of a relay, and its handshake. Private to this layer.
#pragma once

#include "net/stream.hpp"
#include "serve/connection.hpp"
#include "tls/server_connection.hpp"

namespace simplon::serve {

/// The client's bytes inside TLS.
class TlsStream {
 public:
  TlsStream(net::Socket& socket, tls::Connection& tls) noexcept : socket_(&socket), tls_(&tls) {}

  [[nodiscard]] net::Socket& socket() noexcept { return *socket_; }
  [[nodiscard]] net::Transfer read(std::span<std::byte> buffer) {
    const net::Transfer in = translate(tls_->read(buffer, socket_->drained()));
    socket_->note_drained(tls_->drained());
    return in;
  }
  [[nodiscard]] net::Transfer write(Bytes bytes, bool more = false) { return translate(tls_->write(bytes, more)); }
  /// close_notify, and the end of the TCP stream for clients that wait for that; reading may go on (RFC 8446 §6.1).
  [[nodiscard]] net::Transfer finish();
  /// Notes why the TLS connection broke, or that the client left without close_notify.
  void note_failure(Connection& connection) const;

 private:
  static net::Transfer translate(tls::Step step) noexcept;

  net::Socket* socket_;
  tls::Connection* tls_;
};

/// The TLS connection that `choice` asks for, which takes over what it needs of it.
[[nodiscard]] tls::ServerConnection make_tls(Connection& connection, Choice& choice);

/// Finishes the handshake within `handshake_timeout`. False when it failed; that is noted.
[[nodiscard]] net::Task<bool> shake_hands(Connection& connection, tls::ServerConnection& tls);

}  // namespace simplon::serve
