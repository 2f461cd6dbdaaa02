// The backend behind every server that is compared: as little as a backend can do, in a process of its own. It does not
// speak TLS; a proxy that passes it through can't tell.
//   bench_backend answer|source|sink
// answer: 1,500 bytes, the size of a server's first flight, for the first bytes of each connection. source: bytes
// without end, from the first one received. sink: takes all and says nothing.
// Prints the port it listens on.
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

enum class Mode : std::uint8_t { answer, source, sink };

constexpr std::size_t answer_bytes = 1500;

struct Client {
  int descriptor;
  bool answered = false;
};

std::vector<char> buffer(256UZ * 1024);

// False when the connection is over.
bool take(Client& client, Mode mode) {
  for (;;) {
    const ssize_t size = ::recv(client.descriptor, buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    if (mode == Mode::answer && !client.answered) {
      ::send(client.descriptor, buffer.data(), answer_bytes, MSG_NOSIGNAL);
    }
    client.answered = true;
    if (static_cast<std::size_t>(size) < buffer.size()) return true;
  }
}

// False when the connection is over.
bool give(const Client& client) {
  while (client.answered) {
    if (::send(client.descriptor, buffer.data(), buffer.size(), MSG_NOSIGNAL) < 0) return errno == EAGAIN;
  }
  return true;
}

void accept_all(int epoll, int listener, Mode mode) {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const std::uint32_t events = mode == Mode::source ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN;
    watch(epoll, descriptor, events, new Client{.descriptor = descriptor});
  }
}

[[noreturn]] void serve(int listener, Mode mode) {
  const int epoll = make_epoll();
  watch(epoll, listener, EPOLLIN, nullptr);
  for (;;) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client == nullptr) {
        accept_all(epoll, listener, mode);
        continue;
      }
      if (!take(*client, mode) || (mode == Mode::source && !give(*client))) {
        ::close(client->descriptor);
        delete client;
      }
    }
  }
}

}  // namespace
}  // namespace simplon::bench

int main(int count, char** arguments) {
  using namespace simplon::bench;
  const std::string_view mode = count == 2 ? arguments[1] : "";
  if (mode != "answer" && mode != "source" && mode != "sink") {
    std::fputs("usage: bench_backend answer|source|sink\n", stderr);
    return 2;
  }
  const int listener = listen_on(0);
  std::printf("%u\n", port_of(listener));
  std::fflush(stdout);
  serve(listener, mode == "answer" ? Mode::answer : mode == "source" ? Mode::source : Mode::sink);
}
