// The web server behind every gateway that is compared over HTTP: HTTP/1.1 with keep-alive, answers from memory, one
// thread. It knows GET alone, and a path that is a number: GET /1024 is answered with 1,024 bytes.
// Prints the port it listens on.
#include "load/sockets.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace simplon::bench {
namespace {

const std::string body(256UZ * 1024, 'x');

struct Client {
  int descriptor;
  std::array<char, 8192> request{};
  std::size_t received = 0;
  std::string_view head;   // what is still to send of the answer's head
  std::uint64_t left = 0;  // and of its body
};

// Heads live as long as the program, so that a client can refer to one.
std::string_view head_for(std::uint64_t bytes) {
  static std::unordered_map<std::uint64_t, std::string> heads;
  std::string& head = heads[bytes];
  if (head.empty()) {
    head = fmt::format(
        "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\n"
        "Cache-Control: no-cache\r\nContent-Length: {}\r\n\r\n",
        bytes);
  }
  return head;
}

// False where the request is not one of ours.
bool answer(Client& client, std::string_view request) {
  constexpr std::string_view begin = "GET /";
  std::uint64_t bytes = 0;
  if (!request.starts_with(begin)) return false;
  request.remove_prefix(begin.size());
  const auto parsed = std::from_chars(request.data(), request.data() + request.size(), bytes);
  if (parsed.ec != std::errc() || *parsed.ptr != ' ') return false;
  client.head = head_for(bytes);
  client.left = bytes;
  return true;
}

iovec part(std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): sendmsg does not write to it
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

enum class Progress : std::uint8_t { done, blocked, broken };

Progress send_answer(Client& client) {
  while (!client.head.empty() || client.left > 0) {
    std::array parts{part(client.head), part(std::string_view(body).substr(0, client.left))};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t size = ::sendmsg(client.descriptor, &message, MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN ? Progress::blocked : Progress::broken;
    const std::size_t of_head = std::min(client.head.size(), static_cast<std::size_t>(size));
    client.head.remove_prefix(of_head);
    client.left -= static_cast<std::uint64_t>(size) - of_head;
  }
  return Progress::done;
}

// False when the connection is over.
bool advance(Client& client) {
  for (;;) {
    const Progress sent = send_answer(client);
    if (sent != Progress::done) return sent == Progress::blocked;
    const ssize_t size =
        ::recv(client.descriptor, client.request.data() + client.received, client.request.size() - client.received, 0);
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    client.received += static_cast<std::size_t>(size);
    const std::string_view request(client.request.data(), client.received);
    if (request.ends_with("\r\n\r\n")) {
      if (!answer(client, request)) return false;
      client.received = 0;
    }
  }
}

void accept_all(int epoll, int listener) {
  for (;;) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    watch(epoll, descriptor, EPOLLIN | EPOLLOUT | EPOLLET, new Client{.descriptor = descriptor, .head = {}});
  }
}

[[noreturn]] void serve(int listener) {
  const int epoll = make_epoll();
  watch(epoll, listener, EPOLLIN, nullptr);
  for (;;) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* const client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client == nullptr) {
        accept_all(epoll, listener);
      } else if (!advance(*client)) {
        ::close(client->descriptor);
        delete client;
      }
    }
  }
}

}  // namespace
}  // namespace simplon::bench

int main() {
  using namespace simplon::bench;
  const int listener = listen_on(0);
  std::printf("%u\n", port_of(listener));
  std::fflush(stdout);
  serve(listener);
}
