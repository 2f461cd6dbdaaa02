// The least that any gateway must do that ends TLS: accept, shake hands, dial, copy both
// ways, close. It chooses the client's first protocol, keeps no deadline and no record, ends both sides at the first
// end of either, and waits in place where a peer does not take its bytes.
//   bench_tls_floor PORT BACKEND_PORT CHAIN KEY TICKETS
// TICKETS: how many session tickets a TLS 1.3 client gets.
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

struct Connection;

// What epoll tells of.
struct Side {
  Connection* connection;
  int descriptor = -1;
};

struct Connection {
  explicit Connection(SSL_CTX* context, int descriptor) : tls(SSL_new(context)), client{this, descriptor} {
    SSL_set_fd(tls, descriptor);
    SSL_set_accept_state(tls);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { SSL_free(tls); }

  SSL* tls;
  Side client;
  Side backend{this};
  bool over = false;
};

std::vector<char> buffer(64UZ * 1024);

void wait_for(int descriptor, short events) {
  pollfd ready{.fd = descriptor, .events = events, .revents = 0};
  ::poll(&ready, 1, -1);
}

bool must_wait(const SSL* tls, int result) {
  const int error = SSL_get_error(tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

bool send_all(int descriptor, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const ssize_t step = ::send(descriptor, buffer.data() + sent, size - sent, MSG_NOSIGNAL);
    if (step >= 0) {
      sent += static_cast<std::size_t>(step);
      continue;
    }
    if (errno != EAGAIN) return false;
    wait_for(descriptor, POLLOUT);
  }
  return true;
}

bool encrypt_all(const Connection& connection, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const int step = SSL_write(connection.tls, buffer.data() + sent, static_cast<int>(size - sent));
    if (step > 0) {
      sent += static_cast<std::size_t>(step);
      continue;
    }
    if (!must_wait(connection.tls, step)) return false;
    wait_for(connection.client.descriptor, POLLOUT);
  }
  return true;
}

// False at the end.
bool advance_client(int epoll, Connection& connection, std::uint16_t backend_port) {
  ERR_clear_error();
  if (connection.backend.descriptor < 0) {
    const int shaken = SSL_do_handshake(connection.tls);
    if (shaken != 1) return must_wait(connection.tls, shaken);
    connection.backend.descriptor = connect_to(backend_port);
    if (connection.backend.descriptor < 0) return false;
    watch(epoll, connection.backend.descriptor, EPOLLIN, &connection.backend);
  }
  for (;;) {
    const int size = SSL_read(connection.tls, buffer.data(), static_cast<int>(buffer.size()));
    if (size <= 0) return must_wait(connection.tls, size);
    if (!send_all(connection.backend.descriptor, static_cast<std::size_t>(size))) return false;
  }
}

// False at the end.
bool advance_backend(const Connection& connection) {
  ERR_clear_error();
  const ssize_t size = ::recv(connection.backend.descriptor, buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EAGAIN;
  return size > 0 && encrypt_all(connection, static_cast<std::size_t>(size));
}

void accept_all(int epoll, int listener, SSL_CTX* context) {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    auto* const connection = new Connection(context, descriptor);
    watch(epoll, descriptor, EPOLLIN, &connection->client);
  }
}

int choose_first(SSL* /*tls*/, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                 unsigned int /*offered_size*/, void* /*nothing*/) {
  *chosen = offered + 1;
  *size = offered[0];
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* make_context(const char* chain, const char* key, const char* tickets) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context, chain) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    give_up("the certificate");
  }
  SSL_CTX_set_alpn_select_cb(context, choose_first, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_num_tickets(context, std::strtoul(tickets, nullptr, 10));
  return context;
}

[[noreturn]] void serve(int listener, std::uint16_t backend_port, SSL_CTX* context) {
  const int epoll = make_epoll();
  watch(epoll, listener, EPOLLIN, nullptr);
  std::vector<Connection*> ended;
  for (;;) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const side = static_cast<Side*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (side == nullptr) {
        accept_all(epoll, listener, context);
        continue;
      }
      Connection& connection = *side->connection;
      if (connection.over) continue;
      const bool goes_on =
          side == &connection.client ? advance_client(epoll, connection, backend_port) : advance_backend(connection);
      if (goes_on) continue;
      SSL_shutdown(connection.tls);
      ::close(connection.client.descriptor);
      if (connection.backend.descriptor >= 0) ::close(connection.backend.descriptor);
      connection.over = true;
      ended.push_back(&connection);
    }
    // Not before all events of this round are done with: the other side's may be among them.
    for (const Connection* const each : ended)
      delete each;
    ended.clear();
  }
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  if (count != 6) {
    std::fputs("usage: bench_tls_floor PORT BACKEND_PORT CHAIN KEY TICKETS\n", stderr);
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);  // the TLS library writes to clients that have gone
  SSL_CTX* const context = make_context(arguments[3], arguments[4], arguments[5]);
  serve(listen_on(static_cast<std::uint16_t>(std::atoi(arguments[1]))),
        static_cast<std::uint16_t>(std::atoi(arguments[2])), context);
}
