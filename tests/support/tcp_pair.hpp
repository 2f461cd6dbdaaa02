// Two ends of a TCP connection, for tests of what only TCP has.
#pragma once

#include <cerrno>
#include <system_error>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::test {

/// Two connected sockets on the loopback interface, the server's non-blocking. Both are closed with the object.
class TcpPair {
 public:
  /// Throws std::system_error where the system has no more descriptors or ports.
  TcpPair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    require(::bind(listener, generic, size) == 0 && ::listen(listener, 1) == 0, "listen");
    require(::getsockname(listener, generic, &size) == 0, "getsockname");
    client_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(::connect(client_, generic, size) == 0, "connect");
    server_ = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    require(server_ >= 0, "accept");
    ::close(listener);
  }
  TcpPair(const TcpPair&) = delete;
  TcpPair& operator=(const TcpPair&) = delete;
  ~TcpPair() {
    ::close(server_);
    ::close(client_);
  }

  [[nodiscard]] int server() const { return server_; }
  [[nodiscard]] int client() const { return client_; }

 private:
  static void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
  }

  int server_ = -1;
  int client_ = -1;
};

}  // namespace simplon::test
