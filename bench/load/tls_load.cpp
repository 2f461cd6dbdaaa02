// The load of TLS clients on the loopback interface, and what they cost the server in CPU time.
//   bench_tls_load handshake|download|upload --server PORT:PID... [--tls 1.2|1.3] [--aes-128-first] [--resume]
//                  [--connections N] [--seconds S] [--rounds N]
// handshake: N connections at a time; each shakes hands, asks with 100 bytes, reads an answer of 1,500 bytes and
// closes; with --resume each goes on with the session of the one before, and one that does not is an error. download,
// upload: one connection asks, then reads, or writes, without end. The client offers what Chromium does first: X25519,
// and AES-128-GCM before AES-256-GCM; it takes any certificate. Prints one JSON object per turn.
#include "load/sockets.hpp"
#include "load/tls_client.hpp"
#include "load/turns.hpp"

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

struct Options {
  std::size_t connections = 64;
  std::chrono::duration<double> duration{0};
  bool resume = false;
};

Result run_handshakes(const Options& options, SSL_CTX* context, Server server) {
  Result result;
  Meter meter(options.duration, server);
  const int epoll = make_epoll();
  std::vector<TlsClient> clients(options.connections);
  const auto begin = [&](TlsClient& client) {
    client.open(context, server.port, options.resume);
    watch(epoll, client.descriptor(), EPOLLIN | EPOLLOUT | EPOLLET, &client);
  };
  for (TlsClient& client : clients)
    begin(client);
  while (meter.go_on(result)) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      TlsClient& client = *static_cast<TlsClient*>(events[static_cast<std::size_t>(i)].data.ptr);
      const TlsClient::State state = client.advance();
      if (state == TlsClient::State::open) continue;
      // The first of each client has no session to go on with.
      if (state == TlsClient::State::failed) {
        ++result.errors;
      } else if (!options.resume || client.resumes()) {
        ++result.operations;
      }
      client.close();
      begin(client);
    }
  }
  ::close(epoll);
  return result;
}

void wait_for(const TlsClient& client, short events) {
  pollfd ready{.fd = client.descriptor(), .events = events, .revents = 0};
  ::poll(&ready, 1, 100);
}

Result run_bulk(const Options& options, SSL_CTX* context, Server server, bool download) {
  Result result;
  Meter meter(options.duration, server);
  TlsClient client;
  client.open(context, server.port, false);
  while (!client.asked()) {
    wait_for(client, POLLIN);
    if (client.advance() == TlsClient::State::failed) give_up("the handshake");
  }
  std::vector<char> buffer(256UZ * 1024);
  const int whole = static_cast<int>(buffer.size());
  while (meter.go_on(result)) {
    const int size =
        download ? SSL_read(client.tls(), buffer.data(), whole) : SSL_write(client.tls(), buffer.data(), whole);
    if (size > 0) {
      result.operations += static_cast<std::uint64_t>(size);
    } else if (must_wait(client.tls(), size)) {
      wait_for(client, download ? POLLIN : POLLOUT);
    } else {
      give_up("the server ended the connection");
    }
  }
  return result;
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  CLI::App app("Puts the load of TLS clients on a server and prints its CPU time");
  const Turns turns(app);
  Options options;
  std::string mode;
  std::string version = "1.3";
  bool aes_128_first = false;
  app.add_option("mode", mode)->required()->check(CLI::IsMember({"handshake", "download", "upload"}));
  app.add_option("--tls", version)->check(CLI::IsMember({"1.2", "1.3"}))->capture_default_str();
  app.add_flag("--aes-128-first", aes_128_first, "Prefer AES-128-GCM, as browsers do");
  app.add_flag("--resume", options.resume, "Go on with the session of the connection before");
  app.add_option("--connections", options.connections, "At a time")->capture_default_str();
  CLI11_PARSE(app, count, arguments);
  ::signal(SIGPIPE, SIG_IGN);  // the TLS library writes to servers that have gone
  options.duration = turns.duration();
  const auto context = make_client_context(version, aes_128_first);
  turns.run([&](Server server) {
    return mode == "handshake" ? run_handshakes(options, context.get(), server)
                               : run_bulk(options, context.get(), server, mode == "download");
  });
}
