// Hostile clients on the loopback interface, from many addresses of 127.0.0.0/8.
//   bench_flood garbage|stall PORT [--rate N] [--connections N] [--sources N] [--seconds S]
// garbage: N new connections a second; each sends a ClientHello that is none, waits for what the server says of it, and
// is reset. stall: N connections that each send a byte of a ClientHello a second, made anew when the server ends them.
// Prints one JSON object at the end: how many connections were made, and how many were answered or ended by the server.
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

using Clock = std::chrono::steady_clock;

// A record that says it holds a ClientHello of 120 bytes, which is filled with what is none.
const std::string& false_hello() {
  static const std::string made = [] {
    std::string bytes = std::string("\x16\x03\x01\x00\x7c\x01\x00\x00\x78\x03\x03", 11);
    for (int i = 0; bytes.size() < 5 + 0x7c; ++i)
      bytes.push_back(static_cast<char>(i * 37 + 11));
    return bytes;
  }();
  return made;
}

struct Options {
  std::uint16_t port = 0;
  double rate = 5'000;
  std::size_t connections = 1'000;
  std::uint32_t sources = 200;
  double seconds = 5;
};

struct Counts {
  std::uint64_t made = 0;
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;  // could not be made
};

// A connection from the next address; -1 where there is none.
int connect_from(std::uint32_t source, std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int on = 1;
  // The port is chosen by the kernel when it connects, so that one address has many connections.
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7f010000U + 256U * (source / 250U) + source % 250U + 1U);
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool made =
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      (::connect(descriptor, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0 || errno == EINPROGRESS);
  if (made) return descriptor;
  ::close(descriptor);
  return -1;
}

bool has_answer(int descriptor) {
  std::array<char, 64> bytes{};
  const ssize_t size = ::recv(descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
  return size >= 0 || errno != EAGAIN;
}

Counts send_garbage(const Options& options) {
  struct Open {
    int descriptor;
    Clock::time_point since;
  };
  constexpr std::chrono::seconds patience{1};
  Counts counts;
  std::deque<Open> open;
  std::uint32_t source = 0;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration<double>(options.seconds);
  for (auto now = start; now < end; now = Clock::now()) {
    const double elapsed = std::chrono::duration<double>(now - start).count();
    while (static_cast<double>(counts.made + counts.refused) < elapsed * options.rate) {
      const int descriptor = connect_from(source++ % options.sources, options.port);
      ++(descriptor < 0 ? counts.refused : counts.made);
      if (descriptor < 0) break;
      ::send(descriptor, false_hello().data(), false_hello().size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      open.push_back({descriptor, now});
    }
    // The oldest first: whoever has been answered, or has waited long enough, goes.
    while (!open.empty()) {
      const bool answered = has_answer(open.front().descriptor);
      if (!answered && now - open.front().since < patience) break;
      counts.answered += answered ? 1 : 0;
      ::close(open.front().descriptor);
      open.pop_front();
    }
    ::poll(nullptr, 0, 1);
  }
  for (const Open& each : open)
    ::close(each.descriptor);
  return counts;
}

Counts stall(const Options& options) {
  Counts counts;
  std::vector<int> open(options.connections, -1);
  std::vector<std::size_t> sent(options.connections, 0);
  const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  while (Clock::now() < end) {
    const auto round = Clock::now();
    for (std::uint32_t i = 0; i < open.size(); ++i) {
      if (open[i] >= 0 && sent[i] > 0 && has_answer(open[i])) {
        ++counts.answered;
        ::close(open[i]);
        open[i] = -1;
      }
      if (open[i] < 0) {
        open[i] = connect_from(i % options.sources, options.port);
        sent[i] = 0;
        ++(open[i] < 0 ? counts.refused : counts.made);
      }
      if (open[i] >= 0 && ::send(open[i], &false_hello()[sent[i]], 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
        sent[i] = std::min(sent[i] + 1, false_hello().size() - 2);
      }
    }
    const auto rest = std::chrono::seconds(1) - (Clock::now() - round);
    ::poll(nullptr, 0, std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(rest).count())));
  }
  for (const int each : open) {
    if (each >= 0) ::close(each);
  }
  return counts;
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Hostile clients");
  Options options;
  std::string mode;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"garbage", "stall"}));
  app.add_option("port", options.port)->required();
  app.add_option("--rate", options.rate, "garbage: new connections a second")->capture_default_str();
  app.add_option("--connections", options.connections, "stall: at a time")->capture_default_str();
  app.add_option("--sources", options.sources, "Addresses that they come from")->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const Counts counts = mode == "garbage" ? send_garbage(options) : stall(options);
  fmt::print(R"({{"made":{},"answered":{},"refused":{}}})"
             "\n",
             counts.made, counts.answered, counts.refused);
}
