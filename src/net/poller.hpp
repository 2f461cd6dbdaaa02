// A shard's event loop: the readiness of its sockets, its timers, and what waits for its turn.
#pragma once

#include "net/task.hpp"

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <sys/epoll.h>

namespace simplon::net {

struct Detached;
class Socket;

/// What a loop does when a time has come.
class Expiring {
 public:
  using Clock = std::chrono::steady_clock;

  /// When to call `expire` next; the end of time for never.
  [[nodiscard]] virtual Clock::time_point due() const noexcept = 0;
  virtual void expire() = 0;

 protected:
  ~Expiring() = default;
};

/// Watches the sockets of a shard, one per io_context, and resumes who waits for them. A socket is told of to the
/// kernel once, edge-triggered, and the loop waits in the kernel itself; Asio, which does the rest, is asked only where
/// it has something to do: for what was posted to it, and for the resolver.
class Poller : public asio::execution_context::service {
 public:
  using key_type = Poller;
  inline static asio::execution_context::id id;

  explicit Poller(asio::execution_context& context);
  ~Poller() override;

  [[nodiscard]] static Poller& of(asio::io_context& context) { return asio::use_service<Poller>(context); }

  /// Serves until the last coroutine that `spawn` started has ended, and while `keep` says so.
  void run();
  /// As long as it is held, `run` goes on without a coroutine. From the loop's thread, or while it does not run.
  void keep(bool running) noexcept { kept_ = running; }
  /// Something was posted to the context from another thread.
  void wake() const noexcept;
  /// Resumes later, after those that wait already.
  void resume_soon(std::coroutine_handle<> waiting) { ready_.push_back(waiting); }
  /// Calls `timers` when they are due; one for each context, which must outlive the loop.
  void set_timers(Expiring* timers) noexcept { timers_ = timers; }

  /// While it lives, Asio works for this context on a thread of its own, and is asked often whether it is done.
  class AsioAtWork {
   public:
    explicit AsioAtWork(Poller& poller) noexcept : poller_(poller) { ++poller_.asked_; }
    AsioAtWork(const AsioAtWork&) = delete;
    AsioAtWork& operator=(const AsioAtWork&) = delete;
    ~AsioAtWork() { --poller_.asked_; }

   private:
    Poller& poller_;
  };

 private:
  friend class Socket;
  template <typename T, typename Done>
  friend Detached spawn(Poller& poller, Task<T> task, Done done);

  // Tells the kernel which events of `socket` to watch; throws std::system_error where that fails.
  void watch(Socket& socket, std::uint32_t events) const;
  void unwatch(const Socket& socket) const noexcept;
  // `socket` is gone: what was just heard of it concerns nobody.
  void forget(const Socket& socket) noexcept;

  // Runs what is ready, until there is nothing but to wait.
  void run_ready();
  [[nodiscard]] int timeout() const noexcept;
  void dispatch(int milliseconds);
  void shutdown() noexcept override {}

  asio::io_context& context_;
  int epoll_;
  int wake_;
  std::size_t alive_ = 0;  // coroutines
  bool kept_ = false;
  bool posted_ = false;
  std::size_t asked_ = 0;
  std::vector<std::coroutine_handle<>> ready_;
  Expiring* timers_ = nullptr;
  std::span<epoll_event> heard_;  // while dispatching, those still to come
  Recycler recycler_;
};

/// Goes to the end of the shard's queue when it is awaited.
class Turn {
 public:
  explicit Turn(Poller& poller) noexcept : poller_(poller) {}

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) const { poller_.resume_soon(waiting); }
  static void await_resume() noexcept {}

 private:
  Poller& poller_;
};

// A coroutine that nobody awaits, and that lets go of itself.
struct Detached {
  struct promise_type : Recycled {  // NOLINT(readability-identifier-naming): the language's name
    [[nodiscard]] static Detached get_return_object() noexcept { return {}; }
    [[nodiscard]] static std::suspend_never initial_suspend() noexcept { return {}; }
    [[nodiscard]] static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    // `done` must not throw.
    [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Starts a coroutine on the loop of `poller`, at once; from the loop's thread, or while it does not run. `done` is
/// called with its exception, or with null; and, where it returns anything, with that in an optional.
template <typename T, typename Done>
Detached spawn(Poller& poller, Task<T> task, Done done) {
  ++poller.alive_;
  std::exception_ptr failure;
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> result;
  try {
    // What it holds it lets go of before anybody hears of its end.
    const Task<T> ended = std::move(task);
    if constexpr (std::is_void_v<T>) {
      co_await ended;
    } else {
      result.emplace(co_await ended);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  --poller.alive_;
  if constexpr (std::is_void_v<T>) {
    done(failure);
  } else {
    done(failure, std::move(result));
  }
}

inline void spawn(Poller& poller, Task<void> task) {
  spawn(poller, std::move(task), [](const std::exception_ptr& /*failure*/) {});
}

}  // namespace simplon::net
