// The load: clients on the loopback interface, and what they cost the server in CPU time.
//   bench_load short|download|upload --hello FILE --server PORT:PID... [--connections N] [--seconds S] [--rounds N]
// short: N connections at a time; each sends the hello, reads an answer of 1,500 bytes and closes. download, upload:
// one connection sends the hello, then reads, or writes, without end. Prints one JSON object per turn.
#include "load/sockets.hpp"
#include "load/turns.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

constexpr std::size_t answer_bytes = 1500;

struct Options {
  std::string hello;  // the bytes
  std::size_t connections = 64;
  std::chrono::duration<double> duration{0};
};

// One client of the short mode, again and again.
struct Client {
  int descriptor = -1;
  bool sent = false;
  std::size_t received = 0;
};

enum class State : std::uint8_t { open, finished, failed };

// The kernel connects at once on this interface; where it does not, EAGAIN says so and the wait is for writing.
State advance(Client& client, const Options& options) {
  static std::array<char, 16 * 1024> buffer;
  if (!client.sent) {
    const ssize_t size = ::send(client.descriptor, options.hello.data(), options.hello.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN ? State::open : State::failed;
    if (static_cast<std::size_t>(size) < options.hello.size()) return State::failed;
    client.sent = true;
  }
  const ssize_t size = ::recv(client.descriptor, buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EAGAIN ? State::open : State::failed;
  if (size == 0) return State::failed;
  client.received += static_cast<std::size_t>(size);
  return client.received < answer_bytes ? State::open : State::finished;
}

void start(int epoll, Client& client, Server server, Result& result) {
  client = {.descriptor = connect_to(server.port)};
  while (client.descriptor < 0) {
    ++result.errors;
    ::usleep(1000);
    client.descriptor = connect_to(server.port);
  }
  watch(epoll, client.descriptor, EPOLLIN | EPOLLOUT | EPOLLET, &client);
}

Result run_short(const Options& options, Server server) {
  Result result;
  Meter meter(options.duration, server);
  const int epoll = make_epoll();
  std::vector<Client> clients(options.connections);
  for (Client& client : clients)
    start(epoll, client, server, result);
  while (meter.go_on(result)) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const State state = advance(client, options);
      if (state == State::open) continue;
      ++(state == State::finished ? result.operations : result.errors);
      ::close(client.descriptor);
      start(epoll, client, server, result);
    }
  }
  for (const Client& client : clients)
    ::close(client.descriptor);
  ::close(epoll);
  return result;
}

void wait_for(int descriptor, short events) {
  pollfd ready{.fd = descriptor, .events = events, .revents = 0};
  ::poll(&ready, 1, 100);
}

Result run_bulk(const Options& options, Server server, bool download) {
  Result result;
  Meter meter(options.duration, server);
  const int descriptor = connect_to(server.port);
  if (descriptor < 0) give_up("connect");
  wait_for(descriptor, POLLOUT);
  if (::send(descriptor, options.hello.data(), options.hello.size(), MSG_NOSIGNAL) < 0) give_up("send");
  std::vector<char> buffer(256UZ * 1024);
  while (meter.go_on(result)) {
    const ssize_t size = download ? ::recv(descriptor, buffer.data(), buffer.size(), 0)
                                  : ::send(descriptor, buffer.data(), buffer.size(), MSG_NOSIGNAL);
    if (size > 0) {
      result.operations += static_cast<std::uint64_t>(size);
    } else if (size < 0 && errno == EAGAIN) {
      wait_for(descriptor, download ? POLLIN : POLLOUT);
    } else {
      give_up("the server ended the connection");
    }
  }
  ::close(descriptor);
  return result;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) give_up(path.c_str());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Puts load on a server and prints its CPU time");
  const Turns turns(app);
  Options options;
  std::string mode;
  std::string hello;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"short", "download", "upload"}));
  app.add_option("--hello", hello, "A ClientHello in its records")->required();
  app.add_option("--connections", options.connections, "At a time")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  options.hello = read_file(hello);
  options.duration = turns.duration();
  turns.run([&](Server server) {
    return mode == "short" ? run_short(options, server) : run_bulk(options, server, mode == "download");
  });
}
