// A TLS connection as one end of a relay, and its handshake. Private to this layer.
#pragma once

#include "net/stream.hpp"
#include "serve/connection.hpp"
#include "tls/server_connection.hpp"

namespace simplon::serve {

/// Where a relay between two TLS connections notes streams that were cut off, so that none comes to look finished: that
/// which is read at an end, and that which is written.
struct Cut {
  bool* read = nullptr;
  const bool* written = nullptr;
};

/// The bytes inside TLS.
class TlsStream {
 public:
  TlsStream(net::Socket& socket, tls::Connection& tls, Cut cut = {}) noexcept
      : socket_(&socket), tls_(&tls), cut_(cut) {}

  [[nodiscard]] net::Socket& socket() noexcept { return *socket_; }
  [[nodiscard]] net::Transfer read(std::span<std::byte> buffer) {
    const net::Transfer in = translate(tls_->read(buffer, socket_->drained()));
    socket_->note_drained(tls_->drained());
    if (in.step == net::Step::end) note_end();
    return in;
  }
  [[nodiscard]] net::Transfer write(Bytes bytes, bool more = false) { return translate(tls_->write(bytes, more)); }
  /// Whether plain bytes may be spliced into the socket from now on.
  [[nodiscard]] bool accept_splice() { return tls_->let_kernel_send(); }
  /// close_notify, unless the stream was cut, and the end of the TCP stream for peers that wait for that; reading may
  /// go on (RFC 8446 §6.1).
  [[nodiscard]] net::Transfer finish();
  /// Notes why the TLS connection broke, or that the client left without close_notify.
  void note_failure(Connection& connection) const;

 private:
  static net::Transfer translate(tls::Step step) noexcept;
  void note_end() noexcept;

  net::Socket* socket_;
  tls::Connection* tls_;
  Cut cut_;
};

/// The TLS connection that `choice` asks for, which takes over what it needs of it; with a certificate of the
/// configuration, or of `contexts`.
[[nodiscard]] tls::ServerConnection make_tls(Connection& connection, Choice& choice);
[[nodiscard]] tls::ServerConnection make_tls(Connection& connection, Choice& choice, const tls::ContextStore& contexts);

/// The time until `connection` is as old as `limit`, for a deadline: a millisecond at least.
[[nodiscard]] std::chrono::milliseconds left_until(const Connection& connection, std::chrono::microseconds limit);

/// Finishes the handshake within `handshake_timeout`, or before `connection` is as old as `limit`. False when it
/// failed; that is noted.
[[nodiscard]] net::Task<bool> shake_hands(Connection& connection, tls::ServerConnection& tls,
                                          std::optional<std::chrono::microseconds> limit = std::nullopt);

}  // namespace simplon::serve
