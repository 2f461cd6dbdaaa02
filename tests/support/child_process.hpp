// A program run by a test.
#pragma once

#include "support/stream_socket.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace simplon::test {

/// Starts with the object; killed with it unless it has ended.
class ChildProcess {
 public:
  /// `arguments` with the program's path first.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Standard output and standard error so far, as they came.
  [[nodiscard]] std::string output() const;
  /// Waits until `text` is among it.
  [[nodiscard]] bool wait_for(const std::string& text, std::chrono::milliseconds limit = patience);
  void signal(int number) const;
  /// Waits for its end: the exit status; nothing when a signal ended it, or it did not end.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds limit = patience);

 private:
  pid_t process_ = -1;
  int pipe_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;
  bool ended_ = false;
  std::thread reader_;
};

}  // namespace simplon::test
