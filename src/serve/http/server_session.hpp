// The server's side of one HTTP connection, without I/O: its owner carries the bytes and keeps the deadlines.
#pragma once

#include "serve/http/message.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace simplon::serve::http {

/// Limits that both protocols keep.
struct Limits {
  std::size_t header_bytes = 16384;  ///< request line, field lines and trailers of one request
  std::size_t body_bytes = 65536;    ///< a request's body, read and thrown away
};

/// One connection. The owner's loop: write `pending()` and `consume` what was written; while `wants_read()`, hand what
/// arrives to `receive`; when `finished()`, close. Nothing here blocks, throws for what the peer sent, or keeps more
/// memory than a fixed amount, as long as the owner reads only when asked and at most `receive_bytes` at a time.
class ServerSession {
 public:
  /// How much the owner should hand over at once, at most.
  static constexpr std::size_t receive_bytes = 16384;

  virtual ~ServerSession() = default;
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  /// Takes what the client sent, all of it.
  virtual void receive(Bytes bytes) = 0;
  /// The client has sent all that it will; what it asked for is still answered.
  virtual void receive_end() = 0;
  /// Output waiting to be written; valid until the next call of any other function.
  [[nodiscard]] virtual Bytes pending() = 0;
  /// The first `count` bytes of `pending()` are written.
  virtual void consume(std::size_t count) = 0;
  /// Whether more input is welcome now; false while output has to go out first, and at the end.
  [[nodiscard]] virtual bool wants_read() const = 0;
  /// Everything is said and written: close.
  [[nodiscard]] virtual bool finished() const = 0;
  /// Stops taking requests, finishes those under way, then `finished()`. Called twice it waits for fewer: HTTP/2 then
  /// no longer gives the client a round trip to notice (RFC 9113 §6.8).
  virtual void shutdown() = 0;

  /// Requests answered, those answered with an error of the session's own included.
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
  /// The client broke the protocol that was selected, so that the connection has to end.
  [[nodiscard]] bool violated() const noexcept { return violated_; }

 protected:
  ServerSession() = default;

  std::uint64_t requests_ = 0;
  bool violated_ = false;
};

}  // namespace simplon::serve::http
