#include "probe/listener.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::probe {

std::expected<Listener, std::string> Listener::open(const net::Endpoint& address, bool dual_stack) {
  const int on = 1;
  const int v6_only = dual_stack ? 0 : 1;
  Listener listener(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int descriptor = listener.descriptor_;
  if (descriptor >= 0 && address.family() == AF_INET6) {
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  }
  // A connection on which nothing is said does not hold up the others; where the kernel can't, it costs its timeout.
  const int seconds = 30;
  if (descriptor >= 0) ::setsockopt(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
  if (descriptor < 0 || ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(descriptor, address.address(), address.size()) != 0 || ::listen(descriptor, SOMAXCONN) != 0) {
    return std::unexpected(address.to_text() + ": " + std::strerror(errno));
  }
  return listener;
}

Listener::Listener(Listener&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Listener::~Listener() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

net::Endpoint Listener::address() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(descriptor_, address, &size) != 0) return {};
  return {address, size};
}

std::optional<Line> Listener::take() const {
  for (;;) {
    const int accepted = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      const int on = 1;
      ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return Line::adopt(accepted);
    }
    // A connection that was gone before it was accepted is none.
    if (errno != EINTR && errno != ECONNABORTED) return std::nullopt;
  }
}

std::optional<Line> Listener::accept(std::optional<Clock::time_point> deadline, int watched) {
  for (;;) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      if (left <= 0) return std::nullopt;
      timeout = static_cast<int>(std::min<long>(left, 60'000));
    }
    std::array<pollfd, 2> entries{
        {{.fd = descriptor_, .events = POLLIN, .revents = 0}, {.fd = watched, .events = POLLIN, .revents = 0}}};
    const int count = ::poll(entries.data(), entries.size(), timeout);
    if (count < 0 && errno != EINTR) return std::nullopt;
    if (auto line = take()) return line;
    // Whatever it has connected to before it ended is here by now.
    if (count > 0 && entries[1].revents != 0) return std::nullopt;
  }
}

void Listener::turn_away() {
  while (take()) {
  }
}

}  // namespace simplon::probe
