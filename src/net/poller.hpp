// A shard's event loop: the readiness of its sockets, its timers, and what waits for its turn.
#pragma once

#include "net/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <sys/epoll.h>

namespace simplon::net {

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

/// Watches the sockets of an io_context, one per context, and resumes who waits for them. Asio tells the kernel anew of
/// every wait for readiness, and would watch this one's epoll by its own; here a socket is told of once,
/// edge-triggered, the loop waits in the kernel itself, and Asio is asked only where it has something to do: for what
/// was posted to it, and for the resolver.
///
/// The context must not be made with the concurrency hint 1: Asio then counts what the loop's thread posts as work of
/// the handler that the loop runs in, which never ends, and takes the context for stopped after a while.
class Poller : public asio::execution_context::service {
 public:
  using key_type = Poller;
  inline static asio::execution_context::id id;
  using Resume = std::move_only_function<void()>;

  explicit Poller(asio::execution_context& context);
  ~Poller() override;

  [[nodiscard]] static Poller& of(asio::io_context& context) { return asio::use_service<Poller>(context); }

  /// Serves until the last coroutine that `spawn` started has ended, and while `keep` says so.
  void run();
  /// As long as it is held, `run` goes on without a coroutine. From the loop's thread, or while it does not run.
  void keep(bool running) noexcept { kept_ = running; }
  /// Something was posted to the context from another thread.
  void wake() const noexcept;
  /// Something was posted to the context from this thread.
  void posted() noexcept { posted_ = true; }
  /// Resumes later, after those that wait already.
  void resume_soon(Resume resume) { ready_.push_back(std::move(resume)); }
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
  template <typename Done>
  friend void spawn(asio::io_context& context, Task<void> task, Done done);

  // Tells the kernel which events of `socket` to watch; throws std::system_error where that fails.
  void watch(Socket& socket, std::uint32_t events) const;
  void unwatch(const Socket& socket) const noexcept;
  // `socket` is gone: what was just heard of it concerns nobody.
  void forget(const Socket& socket) noexcept;

  void loop();
  // Runs what is ready, until there is nothing but to wait.
  void run_ready();
  [[nodiscard]] int timeout() const noexcept;
  void dispatch(int milliseconds);
  void shutdown() noexcept override { ready_.clear(); }

  asio::io_context& context_;
  int epoll_;
  int wake_;
  std::size_t alive_ = 0;  // coroutines
  bool kept_ = false;
  bool posted_ = false;
  std::size_t asked_ = 0;
  std::vector<Resume> ready_;
  Expiring* timers_ = nullptr;
  std::span<epoll_event> heard_;  // while dispatching, those still to come
};

/// Starts a coroutine on `context`; `done` is called with its exception, or with null.
template <typename Done>
void spawn(asio::io_context& context, Task<void> task, Done done) {
  Poller& poller = Poller::of(context);
  ++poller.alive_;
  asio::co_spawn(context, std::move(task),
                 [&poller, done = std::move(done)](const std::exception_ptr& failure) mutable {
                   --poller.alive_;
                   done(failure);
                 });
  // One that ends without a wait is ended by Asio's queue, as one that is started outside of it is begun.
  poller.posted();
}

inline void spawn(asio::io_context& context, Task<void> task) {
  spawn(context, std::move(task), [](const std::exception_ptr& /*failure*/) {});
}

/// Goes to the end of the shard's queue.
Task<void> take_turn();

}  // namespace simplon::net
