// Deadlines by the thousand with one timer per shard.
#pragma once

#include "net/socket.hpp"

#include <chrono>
#include <map>

#include <boost/asio/steady_timer.hpp>

namespace simplon::net {

class Deadline;

/// All deadlines of a shard. A gateway has few distinct durations, and deadlines of one duration expire in the order in
/// which they were set: so each duration is a queue, and setting, moving and dropping a deadline take constant time.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadlines(asio::io_context& context) : timer_(context) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// Stops waiting, once no deadline is left: the timer stays armed for those that were dropped, and would keep the
  /// event loop alive as long as the longest of them.
  void disarm();

 private:
  friend class Deadline;
  struct Link {
    Link* before = this;
    Link* after = this;
  };
  using Queue = Link;

  void add(Queue& queue, Deadline& deadline);
  static void remove(Link& link) noexcept;
  void arm(Clock::time_point at);
  void expire();

  std::map<Clock::duration, Queue> queues_;  // never erased: links point into it
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_;
  Clock::time_point armed_for_ = Clock::time_point::max();
};

/// Aborts up to two sockets unless it is dropped in time; starts when it is made. Neither socket may die before it.
class Deadline : private Deadlines::Link {
 public:
  Deadline(Deadlines& deadlines, Deadlines::Clock::duration duration, Socket& first, Socket* second = nullptr);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { Deadlines::remove(*this); }

  /// Starts again from now.
  void restart();
  [[nodiscard]] bool expired() const noexcept { return expired_; }

 private:
  friend class Deadlines;

  Deadlines& deadlines_;
  Deadlines::Clock::duration duration_;
  Deadlines::Queue& queue_;
  Socket& first_;
  Socket* second_;
  Deadlines::Clock::time_point at_;
  bool expired_ = false;
};

}  // namespace simplon::net
