// A non-blocking stream socket whose readiness can be awaited. All bytes are moved by plain system calls, so that peek,
// splice and a TLS library can work on the same descriptor.
#pragma once

#include "net/task.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <span>

#include <sys/types.h>

namespace simplon::net {

/// Owns a descriptor and closes it. Not movable: deadlines and relays refer to it while they run.
class Socket {
 public:
  /// Takes over `descriptor`, a non-blocking stream socket, and closes it also where it throws: std::system_error when
  /// the system can't watch one more descriptor.
  Socket(asio::io_context& context, int descriptor);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() = default;

  [[nodiscard]] int descriptor() noexcept { return descriptor_.native_handle(); }

  /// Resumes when there is something to read (end of stream and errors included), or for nothing after `interrupt`;
  /// false when the socket was aborted.
  [[nodiscard]] Task<bool> wait_readable() { return wait(asio::posix::descriptor_base::wait_read); }
  /// Likewise when something can be written.
  [[nodiscard]] Task<bool> wait_writable() { return wait(asio::posix::descriptor_base::wait_write); }

  /// Ends the waits of now, so that the owner looks around.
  void interrupt() noexcept;
  /// Ends every wait, now and hereafter: how a deadline or a drain tells the owner to give up.
  void abort() noexcept;
  [[nodiscard]] bool aborted() const noexcept { return aborted_; }

  /// Makes the coming close a reset, so that the peer does not take a broken stream for a finished one.
  void reset_on_close() noexcept;

 private:
  Task<bool> wait(asio::posix::descriptor_base::wait_type type);

  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  bool aborted_ = false;
};

/// SO_RCVLOWAT while it lives: the kernel wakes us once for `bytes`, not for each that drips in. Back to 1 before any
/// other owner touches the socket, whom a stale mark would leave hanging.
class LowWaterMark {
 public:
  explicit LowWaterMark(Socket& socket) noexcept : socket_(socket) {}
  LowWaterMark(const LowWaterMark&) = delete;
  LowWaterMark& operator=(const LowWaterMark&) = delete;
  ~LowWaterMark() { set(1); }

  void set(std::size_t bytes) noexcept;

 private:
  Socket& socket_;
  std::size_t current_ = 1;
};

}  // namespace simplon::net
