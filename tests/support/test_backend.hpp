// Backends for tests: servers on this machine that do with each connection what the test says.
#pragma once

#include "support/stream_socket.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace simplon::test {

/// Serves each connection on a thread of its own. Ends when it is destroyed: what it serves then is cut off.
class TestBackend {
 public:
  using Serve = std::function<void(StreamSocket&)>;

  /// Listens on 127.0.0.1 at a port that the kernel chooses.
  explicit TestBackend(Serve serve);
  /// Listens on a Unix socket.
  TestBackend(Serve serve, const std::string& path);
  TestBackend(const TestBackend&) = delete;
  TestBackend& operator=(const TestBackend&) = delete;
  ~TestBackend();

  /// As a configuration names it: "127.0.0.1:PORT" or "unix:PATH".
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// How many connections have come, up to now and beyond doubt: those that wait to be accepted are counted too.
  [[nodiscard]] std::size_t dialled();

 private:
  void accept();

  Serve serve_;
  int listener_ = -1;
  std::string address_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable accepted_;
  std::vector<std::uint16_t> peers_;  // the port of each that has come
  std::size_t own_ = 0;               // connections that `dialled` made itself
  std::vector<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// Sends back what comes, until the stream ends; then ends its own.
void echo(StreamSocket& stream);

/// What clients sent, connection by connection.
class Recording {
 public:
  /// For a TestBackend: keeps what comes until the stream ends, then says `answer` and ends its own.
  [[nodiscard]] TestBackend::Serve serve(std::string answer = {});
  /// Waits for the next connection that has ended.
  [[nodiscard]] Received next(std::chrono::milliseconds limit = patience);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Received> ended_;
};

/// The port of no server: bound, so that nobody else gets it, and not listening.
class ClosedPort {
 public:
  ClosedPort();
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  ~ClosedPort();
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  int descriptor_;
  std::string address_;
};

}  // namespace simplon::test
