// Deadlines by the thousand with one timer per shard.
#pragma once

#include "net/socket.hpp"

#include <chrono>
#include <coroutine>
#include <map>
#include <utility>

namespace simplon::net {

class Timer;

/// All deadlines of a shard. A gateway has few distinct durations, and deadlines of one duration expire in the order in
/// which they were set: so each duration is a queue, and setting, moving and dropping a deadline take constant time.
class Deadlines final : private Expiring {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadlines(asio::io_context& context) { Poller::of(context).set_timers(this); }
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

 private:
  friend class Timer;
  struct Link {
    Link* before = this;
    Link* after = this;
  };
  using Queue = Link;

  void add(Queue& queue, Timer& timer);
  static void remove(Link& link) noexcept;
  [[nodiscard]] Clock::time_point due() const noexcept override { return due_; }
  void expire() override;

  std::map<Clock::duration, Queue> queues_;  // never erased: links point into it
  // Of the earliest timer, or of one that was dropped or moved since: the loop then looks for nothing once, which is
  // cheaper than finding the earliest whenever one ends in time.
  Clock::time_point due_ = Clock::time_point::max();
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

/// Resumes when the time has passed.
class Sleep final : public Timer {
 public:
  using Timer::Timer;

  [[nodiscard]] bool await_ready() const noexcept { return expired(); }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  static void await_resume() noexcept {}

 private:
  // Who is resumed lets go of this one.
  void fire() override { std::exchange(waiting_, std::noop_coroutine()).resume(); }

  std::coroutine_handle<> waiting_ = std::noop_coroutine();
};

/// To be awaited, from where it is made.
[[nodiscard]] inline Sleep sleep(Deadlines& deadlines, Deadlines::Clock::duration duration) {
  return {deadlines, duration};
}

}  // namespace simplon::net
