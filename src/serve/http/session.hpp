// One end of an HTTP connection, without I/O: its owner carries the bytes and keeps the deadlines.
#pragma once

#include "serve/http/exchange.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace simplon::serve::http {

/// Limits that both protocols keep.
struct Limits {
  std::size_t header_bytes = 16384;       ///< first line, field lines and trailers of one message
  std::uint32_t streams = 100;            ///< requests side by side on one HTTP/2 connection
  std::uint32_t resets_per_minute = 200;  ///< streams that one client may reset
};

/// One connection. The owner's loop: write `pending()` and `consume` what was written; while `wants() > 0`, hand at
/// most so many bytes to `receive`; when `finished()`, close. In between, `wake` tells it to look again. Nothing here
/// blocks, throws for what the peer sent, or keeps more memory than a fixed amount, as long as the owner reads only
/// when asked.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Takes what the peer sent, all of it.
  virtual void receive(Bytes bytes) = 0;
  /// The peer has sent all that it will.
  virtual void receive_end() = 0;
  /// Output waiting to be written; valid until the next call of any other function.
  [[nodiscard]] virtual Bytes pending() = 0;
  /// More than `pending()` waits, and will be pending once that is written.
  [[nodiscard]] virtual bool more_pending() const { return false; }
  /// The first `count` bytes of `pending()` are written.
  virtual void consume(std::size_t count) = 0;
  /// How many bytes of input are welcome now; none while output has to go out first, and at the end.
  [[nodiscard]] virtual std::size_t wants() const = 0;
  [[nodiscard]] bool wants_read() const { return wants() > 0; }
  /// Nothing more will be said, though the peer may still speak: end this side of the stream.
  [[nodiscard]] virtual bool half_closed() const { return false; }
  /// Everything is said and written: close.
  [[nodiscard]] virtual bool finished() const = 0;

  /// Called when there may be something to write or to read again because of what the other side of an exchange did.
  /// It must not call the session.
  std::function<void()> wake;

 protected:
  void call_wake() const {
    if (wake) wake();
  }
};

/// The server's end: a client asks, a Service answers.
class ServerSession : public Session {
 public:
  /// How much input one call may bring, in bytes.
  static constexpr std::size_t receive_bytes = 16384;

  /// Stops taking requests, finishes those under way, then `finished()`. Called twice it waits for fewer: HTTP/2 then
  /// no longer gives the client a round trip to notice (RFC 9113 §6.8).
  virtual void shutdown() = 0;
  /// Part of a request's head has come, and more must.
  [[nodiscard]] virtual bool reads_head() const = 0;
  /// Whether any request is under way.
  [[nodiscard]] virtual bool busy() const = 0;

  /// Requests answered, those answered with an error of the session's own included.
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
  /// The client broke the protocol that was selected, so that the connection has to end.
  [[nodiscard]] bool violated() const noexcept { return violated_; }
  /// A response could not be finished: the client must not take the end of the stream for its end.
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  /// The client sent more that brings nothing than the limits allow.
  [[nodiscard]] bool flooded() const noexcept { return flooded_; }

 protected:
  std::uint64_t requests_ = 0;
  bool violated_ = false;
  bool cut_ = false;
  bool flooded_ = false;
};

/// The client's end: a backend answers.
class ClientSession : public Session {
 public:
  /// How much input one call may bring, in bytes.
  static constexpr std::size_t receive_bytes = 64UZ * 1024;

  /// Asks the backend. To be called while `capacity() > 0`.
  virtual void start(std::shared_ptr<Exchange> exchange) = 0;
  /// How many exchanges more it can take now.
  [[nodiscard]] virtual std::size_t capacity() const = 0;
  /// Whether any exchange is under way.
  [[nodiscard]] virtual bool busy() const = 0;
  /// The connection is of no more use: what is under way has failed.
  virtual void fail(Failure failure, std::string_view detail) = 0;
};

}  // namespace simplon::serve::http
