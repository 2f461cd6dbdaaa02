#include "support/socket_pair.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace simplon::test {

namespace {

bool wait_for(int socket, short events, int milliseconds) {
  pollfd entry{socket, events, 0};
  return poll(&entry, 1, milliseconds) > 0;
}

}  // namespace

SocketPair::SocketPair() {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
}

SocketPair::~SocketPair() {
  close_end(ends_[0]);
  close_end(ends_[1]);
}

void SocketPair::close_end(int& end) {
  if (end >= 0) close(std::exchange(end, -1));
}

void SocketPair::shrink_server_buffer(int bytes) {
  if (setsockopt(ends_[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) != 0) {
    throw std::system_error(errno, std::generic_category(), "SO_SNDBUF");
  }
}

bool wait_readable(int socket, int milliseconds) { return wait_for(socket, POLLIN, milliseconds); }
bool wait_writable(int socket, int milliseconds) { return wait_for(socket, POLLOUT, milliseconds); }

}  // namespace simplon::test
