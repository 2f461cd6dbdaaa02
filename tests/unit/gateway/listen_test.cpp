// Listening sockets, and why there are none.
#include "gateway/listen.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

config::Listener at(const std::string& ip, std::uint16_t port) {
  config::Listener listener;
  listener.address = {.ip = ip, .port = port, .dual_stack = false, .text = ip + ':' + std::to_string(port)};
  return listener;
}

// What `listen` has opened, closed with the object.
class Opened {
 public:
  explicit Opened(Listening listening) : listening_(std::move(listening)) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    for (const int each : listening_.descriptors)
      ::close(each);
  }
  const Listening* operator->() const { return &listening_; }

 private:
  Listening listening_;
};

int option(int descriptor, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(descriptor, level, name, &value, &size);
  return value;
}

TEST(Listen, OpensOneSocketForEachShardOnOneAddress) {
  const Opened opened(listen(at("127.0.0.1", 0), 3).value());
  EXPECT_NE(opened->address.port(), 0);
  ASSERT_EQ(opened->descriptors.size(), 3U);
  for (const int each : opened->descriptors) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(each, reinterpret_cast<sockaddr*>(&bound), &size);
    EXPECT_EQ(ntohs(bound.sin_port), opened->address.port());
    EXPECT_EQ(option(each, SOL_SOCKET, SO_ACCEPTCONN), 1);
    EXPECT_EQ(option(each, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_NE(::fcntl(each, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(each, F_GETFD) & FD_CLOEXEC, 0);
  }
}

TEST(Listen, SaysThatThePortIsTaken) {
  const Opened opened(listen(at("127.0.0.1", 0), 1).value());
  for (const std::size_t shards : {1UZ, 2UZ}) {
    const auto second = listen(at("127.0.0.1", opened->address.port()), shards);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), "cannot listen on 127.0.0.1:" + std::to_string(opened->address.port()) +
                                  ": Address already in use; another program has this port: stop it, or choose "
                                  "another address");
  }
}

// SO_REUSEPORT would let two gateways of one user share a port.
TEST(Listen, DoesNotShareAPortWithAnotherGateway) {
  const Opened opened(listen(at("127.0.0.1", 0), 2).value());
  EXPECT_FALSE(listen(at("127.0.0.1", opened->address.port()), 2));
}

TEST(Listen, SaysThatTheAddressIsNotThisMachines) {
  const auto listening = listen(at("192.0.2.1", 0), 1);  // RFC 5737: nobody's
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().find("this machine does not have the address"), std::string::npos) << listening.error();
}

TEST(Listen, SaysThatItIsNoAddress) {
  const auto listening = listen(at("nowhere", 1), 1);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error(), "cannot listen on nowhere:1: not an IP address");
}

TEST(Listen, TakesIpv4ClientsOnIpv6WhereDualStack) {
  for (const bool dual_stack : {false, true}) {
    config::Listener listener = at("::", 0);
    listener.address.dual_stack = dual_stack;
    auto listening = listen(listener, 1);
    if (!listening) GTEST_SKIP() << "no IPv6 here: " << listening.error();
    const Opened opened(std::move(*listening));
    EXPECT_EQ(option(opened->descriptors.front(), IPPROTO_IPV6, IPV6_V6ONLY), dual_stack ? 0 : 1);
  }
}

}  // namespace

}  // namespace simplon::gateway
