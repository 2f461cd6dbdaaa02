// The load of TLS clients on the loopback interface, and what they cost the server in CPU time.
//   bench_tls_load handshake|download|upload --server PORT:PID... [--tls 1.2|1.3] [--aes-128-first] [--resume]
//                  [--connections N] [--seconds S] [--rounds N]
// handshake: N connections at a time; each shakes hands, asks with 100 bytes, reads an answer of 1,500 bytes and
// closes; with --resume each goes on with the session of the one before, and one that does not is an error. download,
// upload: one connection asks, then reads, or writes, without end. The client offers what Chromium does first: X25519,
// and AES-128-GCM before AES-256-GCM; it takes any certificate. Prints one JSON object per turn.
#include "load/sockets.hpp"
#include "load/turns.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

constexpr std::size_t answer_bytes = 1500;
constexpr std::array<char, 100> question{};
constexpr std::string_view offer = "\2h2\x8http/1.1";

using ContextOwner = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using TlsOwner = std::unique_ptr<SSL, decltype(&SSL_free)>;
using SessionOwner = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

struct Options {
  std::size_t connections = 64;
  std::chrono::duration<double> duration{0};
  bool resume = false;
};

// One client, again and again.
struct Client {
  int descriptor = -1;
  TlsOwner tls{nullptr, SSL_free};
  SessionOwner session{nullptr, SSL_SESSION_free};  // to go on with
  bool offered_session = false;
  bool asked = false;
  std::size_t received = 0;
};

enum class State : std::uint8_t { open, finished, failed };

int keep_session(SSL* tls, SSL_SESSION* session) {
  static_cast<Client*>(SSL_get_app_data(tls))->session.reset(session);
  return 1;
}

ContextOwner make_context(const std::string& version, bool aes_128_first) {
  ContextOwner context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) give_up("SSL_CTX_new");
  const int number = version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context.get(), number);
  SSL_CTX_set_max_proto_version(context.get(), number);
  if (aes_128_first) {
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_cipher_list(context.get(),
                            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                            "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
  }
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned int>(offer.size()));
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  return context;
}

void open(SSL_CTX* context, Client& client, Server server, const Options& options) {
  client.descriptor = connect_to(server.port);
  if (client.descriptor < 0) give_up("connect");
  client.asked = false;
  client.received = 0;
  client.tls.reset(SSL_new(context));
  if (client.tls == nullptr) give_up("SSL_new");
  SSL_set_app_data(client.tls.get(), &client);
  SSL_set_fd(client.tls.get(), client.descriptor);
  SSL_set_tlsext_host_name(client.tls.get(), "localhost");
  client.offered_session = options.resume && client.session != nullptr;
  if (client.offered_session) SSL_set_session(client.tls.get(), client.session.get());
  SSL_set_connect_state(client.tls.get());
}

bool must_wait(const SSL* tls, int result) {
  const int error = SSL_get_error(tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

State advance(Client& client) {
  static std::array<char, 16 * 1024> buffer;
  SSL* const tls = client.tls.get();
  ERR_clear_error();
  if (!client.asked) {
    const int shaken = SSL_do_handshake(tls);
    if (shaken != 1) return must_wait(tls, shaken) ? State::open : State::failed;
    if (client.offered_session && SSL_session_reused(tls) != 1) return State::failed;
    if (SSL_write(tls, question.data(), question.size()) <= 0) return State::failed;
    client.asked = true;
  }
  while (client.received < answer_bytes) {
    const int size = SSL_read(tls, buffer.data(), buffer.size());
    if (size <= 0) return must_wait(tls, size) ? State::open : State::failed;
    client.received += static_cast<std::size_t>(size);
  }
  return State::finished;
}

void close(Client& client) {
  // Told, but not waited for; a session whose connection was not told of its end is not resumed.
  if (client.tls != nullptr) SSL_shutdown(client.tls.get());
  client.tls.reset();
  ::close(client.descriptor);
}

Result run_handshakes(const Options& options, SSL_CTX* context, Server server) {
  Result result;
  Meter meter(options.duration, server);
  const int epoll = make_epoll();
  std::vector<Client> clients(options.connections);
  const auto begin = [&](Client& client) {
    open(context, client, server, options);
    watch(epoll, client.descriptor, EPOLLIN | EPOLLOUT | EPOLLET, &client);
  };
  for (Client& client : clients)
    begin(client);
  while (meter.go_on(result)) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const State state = advance(client);
      if (state == State::open) continue;
      // The first of each client has no session to go on with.
      if (state == State::failed) {
        ++result.errors;
      } else if (!options.resume || client.offered_session) {
        ++result.operations;
      }
      close(client);
      begin(client);
    }
  }
  for (Client& client : clients)
    close(client);
  ::close(epoll);
  return result;
}

void wait_for(const Client& client, short events) {
  pollfd ready{.fd = client.descriptor, .events = events, .revents = 0};
  ::poll(&ready, 1, 100);
}

Result run_bulk(const Options& options, SSL_CTX* context, Server server, bool download) {
  Result result;
  Meter meter(options.duration, server);
  Client client;
  open(context, client, server, options);
  while (!client.asked) {
    wait_for(client, POLLIN);
    if (advance(client) == State::failed) give_up("the handshake");
  }
  std::vector<char> buffer(256UZ * 1024);
  const int whole = static_cast<int>(buffer.size());
  while (meter.go_on(result)) {
    const int size =
        download ? SSL_read(client.tls.get(), buffer.data(), whole) : SSL_write(client.tls.get(), buffer.data(), whole);
    if (size > 0) {
      result.operations += static_cast<std::uint64_t>(size);
    } else if (must_wait(client.tls.get(), size)) {
      wait_for(client, download ? POLLIN : POLLOUT);
    } else {
      give_up("the server ended the connection");
    }
  }
  close(client);
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
  options.duration = turns.duration();
  const auto context = make_context(version, aes_128_first);
  turns.run([&](Server server) {
    return mode == "handshake" ? run_handshakes(options, context.get(), server)
                               : run_bulk(options, context.get(), server, mode == "download");
  });
}
