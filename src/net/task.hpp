// The coroutine type of this project. One loop per shard, run by one thread, so nothing here is locked.
#pragma once

#include "net/recycler.hpp"

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

namespace simplon::net {

namespace asio = boost::asio;

// What the promises of all tasks share: who awaits, what was thrown, and where the frame's memory comes from.
class TaskPromise : public Recycled {
 public:
  [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }

  struct Resume {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] static std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      return ended.promise().waiting_;
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] static Resume final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept { failure_ = std::current_exception(); }
  void set_waiting(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::coroutine_handle<> waiting_ = std::noop_coroutine();
  std::exception_ptr failure_;
};

template <typename T>
class ValuePromise : public TaskPromise {
 public:
  template <typename U = T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  [[nodiscard]] T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class ValuePromise<void> : public TaskPromise {
 public:
  static void return_void() noexcept {}
  void take() const { rethrow(); }
};

/// A coroutine on a shard: begins when it is awaited, which may be done once, and hands on what it returns or throws.
template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type : ValuePromise<T> {  // NOLINT(readability-identifier-naming): the language's name
    [[nodiscard]] Task get_return_object() { return Task(Handle::from_promise(*this)); }
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  // One that ends without a wait returns here. Resumed by its end instead, a loop that awaits many such would go deeper
  // into the stack with each, where the compiler makes no tail calls.
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiting) const {
    frame_.resume();
    if (frame_.done()) return false;
    frame_.promise().set_waiting(waiting);
    return true;
  }
  T await_resume() const { return frame_.promise().take(); }

 private:
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle frame) noexcept : frame_(frame) {}

  Handle frame_;
};

}  // namespace simplon::net
