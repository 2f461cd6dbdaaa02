#include "support/test_backend.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace simplon::test {

namespace {

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

// A TCP socket on 127.0.0.1 with a port of the kernel's choice, and that port.
std::pair<int, std::uint16_t> bind_loopback() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(descriptor >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return {descriptor, ntohs(address.sin_port)};
}

}  // namespace

TestBackend::TestBackend(Serve serve) : serve_(std::move(serve)) {
  std::tie(listener_, port_) = bind_loopback();
  require(::listen(listener_, 1024) == 0, "listen");
  address_ = "127.0.0.1:" + std::to_string(port_);
  acceptor_ = std::thread([this] { accept(); });
}

TestBackend::TestBackend(Serve serve, const std::string& path) : serve_(std::move(serve)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  require(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  require(::listen(listener_, 1024) == 0, "listen");
  address_ = "unix:" + path;
  acceptor_ = std::thread([this] { accept(); });
}

TestBackend::~TestBackend() {
  // Wakes accept(2), which closing alone would not.
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int each : open_)
      ::shutdown(each, SHUT_RDWR);
  }
  for (std::thread& thread : threads_)
    thread.join();
}

void TestBackend::accept() {
  for (;;) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const int descriptor =
        ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex_);
    peers_.push_back(ntohs(peer.sin_port));
    open_.push_back(descriptor);
    accepted_.notify_all();
    threads_.emplace_back([this, descriptor] {
      StreamSocket stream(descriptor);
      serve_(stream);
      const std::lock_guard relock(mutex_);
      std::erase(open_, descriptor);
      stream.close();
    });
  }
}

std::size_t TestBackend::dialled() {
  // Connections are accepted in the order in which they came, so when ours is, all before it are.
  const StreamSocket own = StreamSocket::connect(port_);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(own.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::uint16_t port = ntohs(address.sin_port);
  std::unique_lock lock(mutex_);
  ++own_;
  if (!accepted_.wait_for(lock, patience, [&] { return std::ranges::find(peers_, port) != peers_.end(); })) {
    throw std::runtime_error("the test's backend does not accept");
  }
  return peers_.size() - own_;
}

void echo(StreamSocket& stream) {
  for (;;) {
    const Received received = stream.read_some();
    if (received.bytes.empty()) break;
    if (!stream.send(received.bytes)) return;
  }
  stream.finish();
}

TestBackend::Serve Recording::serve(std::string answer) {
  return [this, answer = std::move(answer)](StreamSocket& stream) {
    Received received = stream.read_to_end();
    stream.send(answer);
    stream.finish();
    const std::lock_guard lock(mutex_);
    ended_.push_back(std::move(received));
    changed_.notify_all();
  };
}

Received Recording::next(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, limit, [this] { return !ended_.empty(); })) {
    throw std::runtime_error("no connection to the backend has ended");
  }
  Received received = std::move(ended_.front());
  ended_.pop_front();
  return received;
}

ClosedPort::ClosedPort() {
  std::uint16_t port = 0;
  std::tie(descriptor_, port) = bind_loopback();
  address_ = "127.0.0.1:" + std::to_string(port);
}
ClosedPort::~ClosedPort() { ::close(descriptor_); }

}  // namespace simplon::test
