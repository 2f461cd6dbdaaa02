// Requests at a fixed rate, and how long their answers took.
//   bench_pace PORT --rate R [--protocol h2|http/1.1] [--path P] [--connections N] [--seconds S]
// Requests are due at random moments (exponential gaps, always the same ones) whatever the server does, and an answer's
// time counts from when its request was due: a server that stalls is charged for all that it delays. Prints one JSON
// object. With --rate 0 each connection asks once and no more: what was negotiated is all that is wanted then.
#include "load/https.hpp"
#include "load/sockets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/epoll.h>

namespace simplon::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Options {
  Plan plan;
  double rate = 0;
  std::size_t connections = 32;
  double seconds = 3;
};

// The answers of requests that are due in this time do not count: a server that was idle grows its buffers and pools.
constexpr Seconds warm_up{1};
constexpr Seconds grace{5};

class Pace {
 public:
  explicit Pace(const Options& options) : options_(options) {
    for (std::size_t i = 0; i < options.connections; ++i) {
      connections_.push_back(
          std::make_unique<Connection>(context_.get(), options_.plan, [this](const Answer& answer) { take(answer); }));
      watch(epoll_, connections_.back()->descriptor(), EPOLLIN | EPOLLOUT | EPOLLET, connections_.back().get());
    }
  }

  void run() {
    const auto is_ready = [](const auto& connection) { return connection->ready(); };
    while (!std::ranges::all_of(connections_, is_ready))
      wait(std::chrono::milliseconds(100));
    start_ = Clock::now();
    if (options_.rate == 0) {
      for (std::size_t i = 0; i < connections_.size(); ++i)
        ask();
    } else {
      send_all();
    }
    const auto give_in = Clock::now() + grace;
    while (answered_ < due_.size() && Clock::now() < give_in) {
      ask();
      wait(std::chrono::milliseconds(100));
    }
  }

  void print() {
    std::ranges::sort(microseconds_);
    const auto percentile = [&](double share) {
      if (microseconds_.empty()) return 0.0;
      return microseconds_[static_cast<std::size_t>(share * static_cast<double>(microseconds_.size() - 1))];
    };
    fmt::print(R"({{"requests": {}, "errors": {}, "p50_us": {:.0f}, "p99_us": {:.0f}, "max_us": {:.0f}, {}}})"
               "\n",
               due_.size(), errors_ + due_.size() - answered_, percentile(0.5), percentile(0.99), percentile(1),
               connections_.front()->describe());
  }

 private:
  void send_all() {
    std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp): the same moments for every server
    std::exponential_distribution gap(options_.rate);
    Seconds at{0};
    while (at < warm_up + Seconds(options_.seconds)) {
      const Seconds now = Clock::now() - start_;
      for (; at <= now; at += Seconds(gap(random)))
        due_.push_back(at);
      ask();
      wait(at - now);
    }
  }

  // Sends what is due, to the connections in turn; HTTP/1.1 waits for one that is free.
  void ask() {
    if (options_.rate == 0 && due_.size() < connections_.size()) due_.emplace_back(0);
    for (std::size_t passed_over = 0; asked_ < due_.size() && passed_over < connections_.size();) {
      Connection& connection = *connections_[next_];
      next_ = (next_ + 1) % connections_.size();
      if (options_.plan.protocol == Protocol::http_1_1 && connection.open_requests() > 0) {
        ++passed_over;
        continue;
      }
      passed_over = 0;
      connection.ask(asked_++);
      advance(connection);
    }
  }

  void wait(Seconds at_most) const {
    const auto whole = std::chrono::duration_cast<std::chrono::nanoseconds>(std::max(at_most, Seconds(0)));
    const timespec timeout{.tv_sec = whole.count() / 1'000'000'000, .tv_nsec = whole.count() % 1'000'000'000};
    std::array<epoll_event, 128> events;
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i)
      advance(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  static void advance(Connection& connection) {
    if (connection.advance()) return;
    errno = 0;
    give_up("the server ended a connection");
  }

  void take(const Answer& answer) {
    ++answered_;
    if (answer.status != 200) ++errors_;
    const Seconds due = due_[answer.request];
    if (options_.rate == 0 || due >= warm_up)
      microseconds_.push_back(Seconds(Clock::now() - start_ - due).count() * 1e6);
  }

  const Options& options_;
  ContextPointer context_ = make_context();
  int epoll_ = make_epoll();
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t next_ = 0;
  Clock::time_point start_;
  std::vector<Seconds> due_;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
  std::size_t errors_ = 0;
  std::vector<double> microseconds_;
};

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Sends requests at a fixed rate and prints how long the answers took");
  Options options;
  std::string protocol = "h2";
  app.add_option("port", options.plan.port, "On 127.0.0.1")->required();
  app.add_option("--rate", options.rate, "Requests per second, of all connections together")->required();
  app.add_option("--protocol", protocol)->check(CLI::IsMember({"h2", "http/1.1"}))->capture_default_str();
  app.add_option("--path", options.plan.path)->default_val("/1024");
  app.add_option("--connections", options.connections)->capture_default_str();
  app.add_option("--seconds", options.seconds, "After a warm-up of 1 s")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  options.plan.protocol = protocol == "h2" ? Protocol::h2 : Protocol::http_1_1;
  Pace pace(options);
  pace.run();
  pace.print();
}
