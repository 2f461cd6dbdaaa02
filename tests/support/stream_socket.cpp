#include "support/stream_socket.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::test {

namespace {

using Clock = std::chrono::steady_clock;

bool wait_for(int descriptor, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd entry{descriptor, events, 0};
  return left > 0 && ::poll(&entry, 1, static_cast<int>(left)) > 0;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

StreamSocket StreamSocket::connect(std::uint16_t port, int receive_buffer) {
  StreamSocket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer != 0) {
    ::setsockopt(made.descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const int on = 1;
  ::setsockopt(made.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(made.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  ::fcntl(made.descriptor_, F_SETFL, O_NONBLOCK);
  return made;
}

StreamSocket::StreamSocket(StreamSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
StreamSocket& StreamSocket::operator=(StreamSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}
StreamSocket::~StreamSocket() { close(); }

bool StreamSocket::send(std::string_view bytes, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(descriptor_, POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

std::size_t StreamSocket::send_until_stalled(std::string_view bytes, std::chrono::milliseconds stall) {
  std::size_t total = 0;
  while (total < bytes.size()) {
    const ssize_t sent = ::send(descriptor_, bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL);
    if (sent > 0) {
      total += static_cast<std::size_t>(sent);
    } else if (errno != EAGAIN || !wait_for(descriptor_, POLLOUT, Clock::now() + stall)) {
      break;
    }
  }
  return total;
}

Received StreamSocket::read_some(std::chrono::milliseconds limit) {
  wait_for(descriptor_, POLLIN, Clock::now() + limit);
  std::array<char, 65536> buffer;
  const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count > 0) return {{buffer.data(), static_cast<std::size_t>(count)}, StreamEnd::open};
  if (count == 0) return {{}, StreamEnd::finished};
  return {{}, errno == EAGAIN ? StreamEnd::open : StreamEnd::reset};
}

Received StreamSocket::read(std::size_t size, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  Received received;
  std::array<char, 65536> buffer;
  while (received.bytes.size() < size) {
    const ssize_t count = ::recv(descriptor_, buffer.data(), std::min(buffer.size(), size - received.bytes.size()), 0);
    if (count > 0) {
      received.bytes.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      received.end = StreamEnd::finished;
      break;
    } else if (errno != EAGAIN) {
      received.end = StreamEnd::reset;
      break;
    } else if (!wait_for(descriptor_, POLLIN, deadline)) {
      break;
    }
  }
  return received;
}

Received StreamSocket::read_to_end(std::chrono::milliseconds limit) { return read(std::string::npos, limit); }

bool StreamSocket::send_apart(const std::vector<std::string_view>& pieces) {
  for (const std::string_view piece : pieces) {
    if (!send(piece)) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

void StreamSocket::finish() const noexcept { ::shutdown(descriptor_, SHUT_WR); }

void StreamSocket::reset_on_close() const noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void StreamSocket::reset() noexcept {
  reset_on_close();
  close();
}

void StreamSocket::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace simplon::test
