// Lines on their way from the threads that serve to the one that writes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/lockfree/spsc_queue.hpp>

namespace simplon::admin {

/// A ring for each thread that says something. Who says it never waits: what does not fit is dropped, and counted.
class LogQueue {
 public:
  /// Lines of one thread that may wait.
  static constexpr std::size_t capacity = 4096;

  LogQueue();
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;
  ~LogQueue();

  /// From any thread. A lock is taken for the first line of a thread only.
  void push(std::string line);
  /// Whether it is this thread's turn to say one of `in` things.
  [[nodiscard]] bool choose(std::uint32_t in);

  /// Calls `take` with every line that waits. How many were dropped since the last call.
  std::size_t drain(const std::function<void(std::string_view line)>& take);
  /// Waits until something has come since the last call, or `wake` was called.
  void wait();
  void wake();

 private:
  struct Ring {
    boost::lockfree::spsc_queue<std::string*, boost::lockfree::capacity<capacity>> lines;
    std::atomic<std::size_t> dropped{0};
    std::uint32_t passed = 0;  // its thread's
    ~Ring();
  };

  Ring& own_ring();

  std::uint64_t number_;  // of all queues that there ever were: a new one may be where an old one was
  std::mutex mutex_;      // of the list
  std::vector<std::shared_ptr<Ring>> rings_;
  std::atomic<std::uint32_t> events_{0};
  std::uint32_t seen_ = 0;
};

}  // namespace simplon::admin
