// Two ends of a stream, for tests that need a socket but no network.
#pragma once

#include <sys/socket.h>

namespace simplon::test {

/// Two connected, non-blocking stream sockets. Both are closed with the object.
class SocketPair {
 public:
  /// Fails the program where the system has no more descriptors.
  SocketPair();
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  ~SocketPair();

  [[nodiscard]] int server() const { return ends_[0]; }
  [[nodiscard]] int client() const { return ends_[1]; }

  void close_client() { close_end(ends_[1]); }
  /// Lets the server's writes find a full socket after about `bytes`.
  void shrink_server_buffer(int bytes);

 private:
  static void close_end(int& end);
  int ends_[2] = {-1, -1};
};

/// Waits until `socket` is readable (or writable). False when `milliseconds` passed before.
[[nodiscard]] bool wait_readable(int socket, int milliseconds);
[[nodiscard]] bool wait_writable(int socket, int milliseconds);

}  // namespace simplon::test
