// One end of a relay: bytes in and out of a socket, plain or through a TLS library.
#pragma once

#include "net/socket.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cerrno>
#include <concepts>
#include <cstddef>
#include <span>

#include <sys/socket.h>

namespace simplon::net {

/// How a step of a stream went.
enum class Step : std::uint8_t {
  done,        ///< `bytes` were moved
  want_read,   ///< nothing was moved; wait until the socket is readable
  want_write,  ///< nothing was moved; wait until the socket is writable
  end,         ///< the peer has finished sending
  failed,      ///< the stream is broken
};

/// A step, and how many bytes it moved.
struct Transfer {
  Step step = Step::done;
  std::size_t bytes = 0;
};

/// What a relay needs of an end. Steps never block. A write with `more` is followed by another one at once, and may
/// wait for it. A stream that accepts splicing takes bytes for it at its socket from then on.
template <typename T>
concept Stream = requires(T stream, std::span<std::byte> buffer, Bytes bytes, bool more) {
  { stream.socket() } -> std::same_as<Socket&>;
  { stream.read(buffer) } -> std::same_as<Transfer>;
  { stream.write(bytes, more) } -> std::same_as<Transfer>;
  { stream.finish() } -> std::same_as<Transfer>;
  { stream.accept_splice() } -> std::same_as<bool>;
};

/// The bytes of the socket itself.
class PlainStream {
 public:
  explicit PlainStream(Socket& socket) noexcept : socket_(&socket) {}

  [[nodiscard]] Socket& socket() noexcept { return *socket_; }

  [[nodiscard]] Transfer read(std::span<std::byte> buffer) noexcept {
    if (socket_->drained()) return {Step::want_read, 0};
    const ssize_t size = ::recv(socket_->descriptor(), buffer.data(), buffer.size(), 0);
    if (size > 0) {
      const auto read = static_cast<std::size_t>(size);
      socket_->note_drained(read < buffer.size());
      return {Step::done, read};
    }
    if (size == 0) {
      socket_->note_end();
      return {Step::end, 0};
    }
    if (!is_would_block()) return {Step::failed, 0};
    socket_->note_drained(errno != EINTR);
    return {Step::want_read, 0};
  }

  [[nodiscard]] Transfer write(Bytes bytes, bool more = false) noexcept {
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    const ssize_t size = ::send(socket_->descriptor(), bytes.data(), bytes.size(), flags);
    if (size >= 0) return {Step::done, static_cast<std::size_t>(size)};
    return {is_would_block() ? Step::want_write : Step::failed, 0};
  }

  /// Bytes may be spliced into the socket.
  [[nodiscard]] static bool accept_splice() noexcept { return true; }

  /// Tells the peer that no more will be sent. Where the peer has ended too, both directions are done and the close
  /// that follows says it.
  [[nodiscard]] Transfer finish() noexcept {
    if (socket_->has_ended()) return {Step::done, 0};
    return {::shutdown(socket_->descriptor(), SHUT_WR) == 0 ? Step::done : Step::failed, 0};
  }

 private:
  static bool is_would_block() noexcept { return errno == EAGAIN || errno == EINTR; }

  Socket* socket_;
};

}  // namespace simplon::net
