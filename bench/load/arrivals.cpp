// Clients that arrive at random moments, whatever became of those before, and how long each takes from when it was due.
//   bench_arrivals --server PORT... --rate N (--hello FILE | --tls) [--seconds S] [--rounds N]
// --hello: sends these bytes, reads an answer of 1,500 bytes and closes. --tls: shakes hands first and asks with 100
// bytes. The servers have their turns one after the other, every second round backwards. Prints one JSON object per
// turn, times in microseconds.
#include "load/sockets.hpp"
#include "load/tls_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

using Clock = std::chrono::steady_clock;
using State = TlsClient::State;

struct Options {
  std::string hello;  // the bytes
  bool tls = false;
  double rate = 0;
  double seconds = 1;
};

// One that has arrived.
struct Visit {
  Clock::time_point due;
  TlsClient secured;
  int plain = -1;
  bool sent = false;
  std::size_t received = 0;

  Visit() = default;
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() {
    if (plain >= 0) ::close(plain);
  }
};

State advance_plain(Visit& visit, const std::string& hello) {
  static std::array<char, 16 * 1024> buffer;
  if (!visit.sent) {
    const ssize_t size = ::send(visit.plain, hello.data(), hello.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN ? State::open : State::failed;
    visit.sent = true;
  }
  while (visit.received < answer_bytes) {
    const ssize_t size = ::recv(visit.plain, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return State::open;
    if (size <= 0) return State::failed;
    visit.received += static_cast<std::size_t>(size);
  }
  return State::finished;
}

class Turn {
 public:
  Turn(const Options& options, SSL_CTX* context, std::uint16_t port)
      : options_(options), context_(context), port_(port), waits_(options.rate) {}

  void run(unsigned round, std::size_t server) {
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    // Those that are still under way at the end are waited for: they are the slow ones.
    const auto give_up_at = end + std::chrono::seconds(10);
    auto due = begin;
    while (due < end || (!visits_.empty() && Clock::now() < give_up_at)) {
      const auto now = Clock::now();
      for (; due <= now && due < end; due += next())
        arrive(due);
      const Clock::duration longest = std::chrono::milliseconds(10);
      attend(due < end ? std::clamp(due - Clock::now(), Clock::duration(0), longest) : longest);
    }
    errors_ += visits_.size();
    report(round, server);
  }

 private:
  Clock::duration next() {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(waits_(random_)));
  }

  void arrive(Clock::time_point due) {
    auto visit = std::make_unique<Visit>();
    visit->due = due;
    if (options_.tls) {
      visit->secured.open(context_, port_, false);
    } else {
      visit->plain = connect_to(port_);
      if (visit->plain < 0) give_up("connect");
    }
    watch(epoll_, options_.tls ? visit->secured.descriptor() : visit->plain, EPOLLIN | EPOLLOUT | EPOLLET, visit.get());
    visits_.push_back(std::move(visit));
  }

  void attend(Clock::duration longest) {
    std::array<epoll_event, 128> events;
    const timespec wait{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(longest).count()};
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      auto* const visit = static_cast<Visit*>(events[static_cast<std::size_t>(i)].data.ptr);
      const State state = options_.tls ? visit->secured.advance() : advance_plain(*visit, options_.hello);
      if (state == State::open) continue;
      if (state == State::failed) {
        ++errors_;
      } else {
        times_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - visit->due).count());
      }
      std::erase_if(visits_, [visit](const auto& each) { return each.get() == visit; });
    }
  }

  void report(unsigned round, std::size_t server) {
    std::ranges::sort(times_);
    fmt::print("{{\"round\": {}, \"server\": {}, \"errors\": {}, \"times\": [{:.0f}]}}\n", round, server, errors_,
               fmt::join(times_, ", "));
    std::fflush(stdout);
    ::close(epoll_);
  }

  const Options& options_;
  SSL_CTX* context_;
  std::uint16_t port_;
  std::mt19937 random_{7301};  // NOLINT(bugprone-random-generator-seed): the same for every server
  std::exponential_distribution<double> waits_;
  int epoll_ = make_epoll();
  std::vector<std::unique_ptr<Visit>> visits_;
  std::vector<double> times_;
  std::size_t errors_ = 0;
};

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Lets clients arrive at random moments, and prints how long each takes");
  Options options;
  std::string hello;
  std::vector<std::uint16_t> servers;
  unsigned rounds = 1;
  app.add_option("--server", servers, "A port on 127.0.0.1")->required();
  app.add_option("--rate", options.rate, "Connections a second")->required();
  auto* const plain = app.add_option("--hello", hello, "A ClientHello in its records");
  app.add_flag("--tls", options.tls, "Shake hands")->excludes(plain);
  app.add_option("--seconds", options.seconds, "Of one turn")->capture_default_str();
  app.add_option("--rounds", rounds, "Turns of each server")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  ::signal(SIGPIPE, SIG_IGN);  // the TLS library writes to servers that have gone
  // What the kernel adds to a wait else, 50 us, would be the clients', not the servers'.
  ::prctl(PR_SET_TIMERSLACK, 1);
  if (!options.tls) {
    std::ifstream file(hello, std::ios::binary);
    if (!file) give_up(hello.c_str());
    options.hello = {std::istreambuf_iterator<char>(file), {}};
  }
  const auto context = make_client_context("1.3", false);
  for (unsigned round = 0; round < rounds; ++round) {
    for (std::size_t place = 0; place < servers.size(); ++place) {
      const std::size_t index = round % 2 == 0 ? place : servers.size() - 1 - place;
      Turn(options, context.get(), servers[index]).run(round, index);
    }
  }
}
