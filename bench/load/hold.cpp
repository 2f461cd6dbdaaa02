// Connections that are held, so that what they cost the server in memory can be measured.
//   bench_hold PORT [--protocol h2|http/1.1] [--path P] [--connections N] [--slow RATE]
// Goes through stages, prints one line at the end of each, and begins the next when it is sent a line:
//   "ready"      nothing is connected yet
//   "connected"  N handshakes are done (under h2, settings acknowledged), with what was negotiated
//   "answered"   each connection has sent one request and read its answer
//   "reading"    with --slow: each has sent a request, has read something of its answer, and goes on with RATE bytes a
//                second; 0: it reads no more
// The end of the input ends the program.
#include "load/https.hpp"
#include "load/sockets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  Plan plan;
  std::size_t connections = 10'000;
  std::int64_t slow = -1;
};

// Handshakes, or requests, under way at a time.
constexpr std::size_t at_a_time = 64;
// Of a slow answer, what is read at once.
constexpr std::uint64_t first_bytes = 1024;

class Hold {
 public:
  explicit Hold(const Options& options) : options_(options) { watch(epoll_, STDIN_FILENO, EPOLLIN, nullptr); }

  void run() {
    report("ready");
    while (connections_.size() < options_.connections) {
      connections_.push_back(
          std::make_unique<Connection>(context_.get(), options_.plan, [this](const Answer& answer) { take(answer); }));
      watch(epoll_, connections_.back()->descriptor(), EPOLLIN | EPOLLOUT | EPOLLET, connections_.back().get());
      wait_while([this] { return unready(at_a_time) >= at_a_time; });
    }
    wait_while([this] { return unready(connections_.size()) > 0; });
    report(fmt::format("connected {{{}}}", connections_.front()->describe()));
    if (options_.slow >= 0) {
      read_slowly();
      return;
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i]->ask(i);
      advance(*connections_[i]);
      wait_while([this, i] { return i + 1 - answered_ >= at_a_time; });
    }
    wait_while([this] { return answered_ < connections_.size(); });
    report("answered");
  }

 private:
  // Prints the line and lets the connections live until one is read.
  void report(std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
    told_to_go_on_ = false;
    wait_while([this] { return !told_to_go_on_; });
  }

  // How many of the last `count` connections are not ready.
  std::size_t unready(std::size_t count) const {
    const auto first = connections_.end() - static_cast<std::ptrdiff_t>(std::min(count, connections_.size()));
    return static_cast<std::size_t>(
        std::count_if(first, connections_.end(), [](const auto& it) { return !it->ready(); }));
  }

  template <typename Condition>
  void wait_while(Condition condition) {
    while (condition()) {
      std::array<epoll_event, 128> events;
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) {
        auto* const connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (connection == nullptr) {
          read_line();
        } else {
          advance(*connection);
        }
      }
    }
  }

  void read_line() {
    std::array<char, 256> line;
    if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) std::exit(0);
    told_to_go_on_ = true;
  }

  void read_slowly() {
    // No events but standard input's from here on: a connection is read when it is time to.
    epoll_ = make_epoll();
    watch(epoll_, STDIN_FILENO, EPOLLIN, nullptr);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i]->ask(i);
      advance(*connections_[i], 0);
    }
    const auto waits = [](const auto& connection) { return connection->body_bytes() == 0; };
    while (std::ranges::any_of(connections_, waits)) {
      for (auto& connection : connections_)
        if (waits(connection)) advance(*connection, first_bytes);
      ::usleep(1000);
    }
    fmt::print("reading\n");
    std::fflush(stdout);
    for (auto next = Clock::now();; next += std::chrono::seconds(1)) {
      for (auto& connection : connections_)
        advance(*connection, static_cast<std::uint64_t>(options_.slow));
      wait_while([next] { return Clock::now() < next; });
    }
  }

  static void advance(Connection& connection, std::uint64_t limit = UINT64_MAX) {
    if (connection.advance(limit)) return;
    errno = 0;
    give_up("the server ended a connection");
  }

  void take(const Answer& answer) {
    ++answered_;
    errno = 0;
    if (answer.status != 200) give_up("an answer that is not 200");
    if (options_.slow >= 0) give_up("an answer that is already over");
  }

  const Options& options_;
  ContextPointer context_ = make_context();
  int epoll_ = make_epoll();
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t answered_ = 0;
  bool told_to_go_on_ = false;
};

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Holds connections for a measurement of the server's memory");
  Options options;
  std::string protocol = "h2";
  app.add_option("port", options.plan.port, "On 127.0.0.1")->required();
  app.add_option("--protocol", protocol)->check(CLI::IsMember({"h2", "http/1.1"}))->capture_default_str();
  app.add_option("--path", options.plan.path)->default_val("/1024");
  app.add_option("--connections", options.connections)->capture_default_str();
  app.add_option("--slow", options.slow, "Bytes a second, of answers that are too long to end");
  CLI11_PARSE(app, count, arguments);
  options.plan.protocol = protocol == "h2" ? Protocol::h2 : Protocol::http_1_1;
  Hold hold(options);
  hold.run();
}
