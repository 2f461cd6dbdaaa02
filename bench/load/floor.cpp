// The least that any proxy must do: accept, dial, copy both ways, close. It reads no hello, routes nothing, keeps no
// deadline and no record, ends both sides at the first end of either, and waits in place where a peer does not take its
// bytes. What a gateway costs beyond this is what its work costs.
//   bench_floor PORT BACKEND_PORT
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

// One side of a connection; `over` once both are closed.
struct Side {
  int descriptor = -1;
  Side* other = nullptr;
  bool over = false;
};

std::vector<char> buffer(64UZ * 1024);

bool send_all(int descriptor, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const ssize_t step = ::send(descriptor, buffer.data() + sent, size - sent, MSG_NOSIGNAL);
    if (step >= 0) {
      sent += static_cast<std::size_t>(step);
      continue;
    }
    if (errno != EAGAIN) return false;
    pollfd writable{.fd = descriptor, .events = POLLOUT, .revents = 0};
    ::poll(&writable, 1, -1);
  }
  return true;
}

// False at the end.
bool copy(const Side& side) {
  const ssize_t size = ::recv(side.descriptor, buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EAGAIN;
  return size > 0 && send_all(side.other->descriptor, static_cast<std::size_t>(size));
}

void accept_all(int epoll, int listener, std::uint16_t backend_port) {
  for (;;) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int backend = connect_to(backend_port);
    if (backend < 0) {
      ::close(client);
      continue;
    }
    auto* const sides = new std::array<Side, 2>;
    (*sides)[0] = {.descriptor = client, .other = &(*sides)[1]};
    (*sides)[1] = {.descriptor = backend, .other = sides->data()};
    for (Side& side : *sides)
      watch(epoll, side.descriptor, EPOLLIN, &side);
  }
}

[[noreturn]] void serve(int listener, std::uint16_t backend_port) {
  const int epoll = make_epoll();
  watch(epoll, listener, EPOLLIN, nullptr);
  std::vector<Side*> ended;
  for (;;) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const side = static_cast<Side*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (side == nullptr) {
        accept_all(epoll, listener, backend_port);
      } else if (!side->over && !copy(*side)) {
        for (Side* const each : {side, side->other}) {
          ::close(each->descriptor);
          each->over = true;
        }
        ended.push_back(side < side->other ? side : side->other);
      }
    }
    // Not before all events of this round are done with: the other side's may be among them.
    for (Side* const each : ended)
      delete reinterpret_cast<std::array<Side, 2>*>(each);
    ended.clear();
  }
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  if (count != 3) {
    std::fputs("usage: bench_floor PORT BACKEND_PORT\n", stderr);
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::atoi(arguments[1]));
  serve(listen_on(port), static_cast<std::uint16_t>(std::atoi(arguments[2])));
}
