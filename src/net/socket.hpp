// A non-blocking stream socket whose readiness can be awaited. All bytes are moved by plain system calls, so that peek,
// splice and a TLS library can work on the same descriptor.
#pragma once

#include "net/poller.hpp"
#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cassert>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <sys/types.h>

namespace simplon::net {

class AbortTogether;

/// Owns a descriptor and closes it. Not movable: deadlines and relays refer to it while they run.
class Socket : public Recycled {
  // Both directions of a relay may wait for the same one: a TLS library writes to read on, and the other way round.
  using Waiting = std::array<std::coroutine_handle<>, 2>;

  // One direction: who waits for it, and what has happened meanwhile.
  struct Waiter {
    Waiting waiting;
    bool ready = false;  // became ready while nobody waited
    bool ended = false;  // ready for good: the kernel has told its last edge
  };

 public:
  /// What is awaited; see there.
  class Wait {
   public:
    [[nodiscard]] bool await_ready() const noexcept { return socket_.aborted_ || waiter_.ready || waiter_.ended; }
    void await_suspend(std::coroutine_handle<> waiting) const noexcept {
      std::coroutine_handle<>& place = waiter_.waiting[waiter_.waiting[0] ? 1 : 0];
      assert(!place && "no more than two coroutines serve a connection");
      place = waiting;
    }
    bool await_resume() const noexcept {
      waiter_.ready = false;
      return !socket_.aborted_;
    }

   private:
    friend class Socket;

    Wait(const Socket& socket, Waiter& waiter) noexcept : socket_(socket), waiter_(waiter) {}

    const Socket& socket_;
    Waiter& waiter_;
  };

  /// Takes over `descriptor`, a non-blocking stream socket.
  Socket(Poller& poller, int descriptor) noexcept : poller_(poller), descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// Resumes when there is something to read that was not there when reading last failed with EAGAIN or did not fill
  /// its buffer (end of stream and errors included), or for nothing after `interrupt`; false when the socket was
  /// aborted. It may resume once for what was read already. Throws std::system_error when the system can't watch one
  /// more descriptor.
  [[nodiscard]] Wait wait_readable() { return wait(reader_, EPOLLIN); }
  /// Likewise when something can be written, after writing failed with EAGAIN.
  [[nodiscard]] Wait wait_writable() { return wait(writer_, EPOLLOUT); }
  /// Resumes when anything has happened since the last such wait: something came, room to write came back, the peer has
  /// closed, or `interrupt`. For an owner that tries everything it could do before it waits; `write` says that writing
  /// failed with EAGAIN. False when the socket was aborted. May resume for nothing.
  [[nodiscard]] Wait wait_event(bool write) { return wait(event_, write ? EPOLLIN | EPOLLOUT : EPOLLIN); }
  /// Resumes when the other connections of the shard have had their turn.
  [[nodiscard]] Turn take_turn() noexcept { return Turn(poller_); }

  /// Whether reading would find nothing: what there was has been read, and nothing has come since. Who reads to the
  /// last byte notes it, and need not ask the kernel again.
  [[nodiscard]] bool drained() const noexcept { return drained_ && !reader_.ended; }
  void note_drained(bool drained) noexcept { drained_ = drained; }

  /// Whether a wait has heard that the connection is broken, or that it could not be made.
  [[nodiscard]] bool broken() const noexcept { return writer_.ended; }

  /// Asks whether the peer has closed or broken off; what it sent before may be unread.
  [[nodiscard]] bool peer_has_closed() const noexcept;

  /// Notes that all that the peer ever sends has been read.
  void note_end() noexcept { ended_ = true; }
  [[nodiscard]] bool has_ended() const noexcept { return ended_; }

  /// Has the system tell nothing more of it. Closing does that by itself, but for a descriptor that was duplicated, or
  /// inherited from a process that has it still: then it must be said before.
  void unwatch() noexcept;

  /// Ends the waits of now, so that the owner looks around.
  void interrupt() noexcept;
  /// Ends every wait, now and hereafter: how a deadline or a drain tells the owner to give up.
  void abort() noexcept;
  [[nodiscard]] bool aborted() const noexcept { return aborted_; }

  /// Makes the coming close a reset, so that the peer does not take a broken stream for a finished one.
  void reset_on_close() noexcept;

 private:
  friend class Poller;
  friend class AbortTogether;

  Wait wait(Waiter& waiter, std::uint32_t event);
  static Waiting take(Waiter& waiter) noexcept { return std::exchange(waiter.waiting, {}); }
  // What epoll has told.
  void notice(std::uint32_t events);

  Poller& poller_;
  int descriptor_;
  std::uint32_t watched_ = 0;  // events that the kernel was told of
  Waiter reader_;
  Waiter writer_;
  Waiter event_;
  bool ended_ = false;
  bool aborted_ = false;
  bool drained_ = false;
  AbortTogether* followers_ = nullptr;
};

/// While it lives, whoever aborts `leader` aborts `follower` too: what is waited for on the one's behalf is given up
/// with it. Neither may die before it.
class AbortTogether {
 public:
  AbortTogether(Socket& leader, Socket& follower) noexcept;
  AbortTogether(const AbortTogether&) = delete;
  AbortTogether& operator=(const AbortTogether&) = delete;
  ~AbortTogether();

 private:
  friend class Socket;

  Socket& leader_;
  Socket& follower_;
  AbortTogether* before_ = nullptr;
  AbortTogether* after_;
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
