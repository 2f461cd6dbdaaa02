// Servers under load in turns, and what each turn cost its server in CPU time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/types.h>

namespace simplon::bench {

/// Whom the load is put on: a port on 127.0.0.1, and the process whose CPU time counts, children included.
struct Server {
  std::uint16_t port = 0;
  pid_t process = 0;
};

/// What a turn came to.
struct Result {
  std::uint64_t operations = 0;  ///< finished connections, or bytes
  std::uint64_t errors = 0;
  std::chrono::nanoseconds cpu{0};
  std::chrono::duration<double> elapsed{0};
};

/// What the server does between two moments, the first of them after a warm-up.
class Meter {
 public:
  Meter(std::chrono::duration<double> duration, Server server) : duration_(duration), server_(server) {}

  /// Counts from the end of the warm-up; false when time is up.
  bool go_on(Result& result);

 private:
  using Clock = std::chrono::steady_clock;

  std::chrono::duration<double> duration_;
  Server server_;
  Clock::time_point start_ = Clock::now();
  std::chrono::nanoseconds cpu_{0};
  bool measuring_ = false;
};

/// The servers' turns, as the command line says. They come one after the other, every second round in the opposite
/// order, and a turn is short, so that what troubles the machine troubles neighbours alike.
class Turns {
 public:
  /// Adds the options to `app`.
  explicit Turns(CLI::App& app);

  [[nodiscard]] std::chrono::duration<double> duration() const { return std::chrono::duration<double>(seconds_); }
  /// `turn` puts load on a server until its Meter says that time is up. Prints one JSON object per turn.
  void run(const std::function<Result(Server)>& turn) const;

 private:
  std::vector<std::string> servers_;
  double seconds_ = 0.25;
  unsigned rounds_ = 1;
};

}  // namespace simplon::bench
