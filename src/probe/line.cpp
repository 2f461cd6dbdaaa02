#include "probe/line.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::probe {

std::expected<Line, std::string> Line::dial(const net::Endpoint& address, Clock::time_point deadline) {
  Line line(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (line.descriptor_ < 0) return std::unexpected(std::string(std::strerror(errno)));
  const int on = 1;
  ::setsockopt(line.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(line.descriptor_, address.address(), address.size()) == 0) return line;
  if (errno != EINPROGRESS) return std::unexpected(std::string(std::strerror(errno)));
  if (line.wait(false, deadline) == Wait::timed_out)
    return std::unexpected(std::string("no answer to the TCP handshake"));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(line.descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::unexpected(std::string(std::strerror(error)));
  return line;
}

Line::Line(Line&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Line& Line::operator=(Line&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Line::~Line() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Wait Line::send(Bytes bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Wait::broken;
    if (const Wait waited = wait(false, deadline); waited != Wait::ready) return waited;
  }
  return Wait::ready;
}

Wait Line::wait_until_acknowledged(Clock::time_point deadline) {
  for (;;) {
    int waiting = 0;
    if (::ioctl(descriptor_, SIOCOUTQ, &waiting) != 0 || waiting == 0) return Wait::ready;
    if (Clock::now() >= deadline) return Wait::timed_out;
    // There is no event for this, and it takes a round trip.
    ::poll(nullptr, 0, 1);
  }
}

Wait Line::receive(std::span<std::byte> buffer, std::size_t& size, Clock::time_point deadline) {
  size = 0;
  for (;;) {
    const ssize_t received = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (received > 0) {
      size = static_cast<std::size_t>(received);
      return Wait::ready;
    }
    if (received == 0) return Wait::ended;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Wait::broken;
    if (const Wait waited = wait(true, deadline); waited != Wait::ready) return waited;
  }
}

Wait Line::wait(bool readable, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Wait::timed_out;
    pollfd entry{.fd = descriptor_, .events = static_cast<short>(readable ? POLLIN : POLLOUT), .revents = 0};
    const int count = ::poll(&entry, 1, static_cast<int>(std::min<long>(left, 60'000)));
    if (count > 0) return Wait::ready;
    if (count < 0 && errno != EINTR) return Wait::broken;
  }
}

}  // namespace simplon::probe
