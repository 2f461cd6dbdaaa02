// Deadlines by the thousand with one timer per shard.
#pragma once

#include "net/socket.hpp"

#include <chrono>
#include <map>

#include <boost/asio/steady_timer.hpp>

namespace simplon::net {

class Timer;

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
  friend class Timer;
  struct Link {
    Link* before = this;
    Link* after = this;
  };
  using Queue = Link;

  void add(Queue& queue, Timer& timer);
  static void remove(Link& link) noexcept;
  void arm(Clock::time_point at);
  void expire();

  std::map<Clock::duration, Queue> queues_;  // never erased: links point into it
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_;
  Clock::time_point armed_for_ = Clock::time_point::max();
};

/// Fires once unless it is dropped in time; starts when it is made.
class Timer : private Deadlines::Link {
 public:
  Timer(Deadlines& deadlines, Deadlines::Clock::duration duration);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { Deadlines::remove(*this); }

  /// Starts again from now, unless it has fired.
  void restart();
  [[nodiscard]] bool expired() const noexcept { return expired_; }

 private:
  friend class Deadlines;

  /// It has expired. Others may be dropped meanwhile, and this one too.
  virtual void fire() = 0;

  Deadlines& deadlines_;
  Deadlines::Clock::duration duration_;
  Deadlines::Queue& queue_;
  Deadlines::Clock::time_point at_;
  bool expired_ = false;
};

/// Aborts up to two sockets unless it is dropped in time. Neither socket may die before it.
class Deadline final : public Timer {
 public:
  Deadline(Deadlines& deadlines, Deadlines::Clock::duration duration, Socket& first, Socket* second = nullptr)
      : Timer(deadlines, duration), first_(first), second_(second) {}

 private:
  void fire() override {
    first_.abort();
    if (second_ != nullptr) second_->abort();
  }

  Socket& first_;
  Socket* second_;
};

}  // namespace simplon::net
