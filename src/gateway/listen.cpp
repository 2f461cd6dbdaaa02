#include "gateway/listen.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

constexpr int backlog = 4096;

void enable(int descriptor, int level, int option, int value = 1) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

// -1 with errno set where it fails.
int bind_socket(const net::Endpoint& endpoint, const config::Listener& listener, bool shared) {
  const int descriptor = ::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  enable(descriptor, SOL_SOCKET, SO_REUSEADDR);
  if (shared) enable(descriptor, SOL_SOCKET, SO_REUSEPORT);
  if (endpoint.family() == AF_INET6) {
    enable(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, listener.address.dual_stack ? 0 : 1);
  }
  // Inherited by what is accepted: a relay must not wait for more bytes to send with those it has.
  enable(descriptor, IPPROTO_TCP, TCP_NODELAY);
  if (::bind(descriptor, endpoint.address(), endpoint.size()) == 0 && ::listen(descriptor, backlog) == 0) {
    return descriptor;
  }
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return -1;
}

net::Endpoint local_endpoint(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return {reinterpret_cast<const sockaddr*>(&address), size};
}

std::string explain_failure(const config::Listener& listener, int error) {
  std::string text = "cannot listen on " + listener.address.text + ": " + std::generic_category().message(error);
  if (error == EADDRINUSE) text += "; another program has this port: stop it, or choose another address";
  if (error == EACCES)
    text +=
        "; ports below 1024 need root or CAP_NET_BIND_SERVICE, which a running gateway has given up: "
        "restart it for a new one";
  if (error == EADDRNOTAVAIL) text += "; this machine does not have the address";
  return text;
}

// Several descriptors of one socket wake all shards for each connection, and the first takes it. EPOLLEXCLUSIVE would
// wake one, which may be busy, or of a process that drains and takes nothing any more.
std::expected<Listening, std::string> share(const std::vector<int>& sockets, const config::Listener& listener,
                                            std::size_t shards) {
  if (sockets.size() > shards) {
    return std::unexpected(std::to_string(sockets.size()) + " inherited sockets are for the listener " + listener.name +
                           ", but there are " + std::to_string(shards) +
                           " workers: pass fewer, or set [server] workers");
  }
  Listening listening{.address = local_endpoint(sockets.front()), .descriptors = sockets};
  while (listening.descriptors.size() < shards) {
    const int of = sockets[listening.descriptors.size() % sockets.size()];
    const int descriptor = ::fcntl(of, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) return std::unexpected(explain_failure(listener, errno));
    listening.descriptors.push_back(descriptor);
  }
  return listening;
}

}  // namespace

std::expected<Listening, std::string> listen(const config::Listener& listener, std::size_t shards) {
  auto endpoint = net::Endpoint::from_ip(listener.address.ip, listener.address.port);
  if (!endpoint) return std::unexpected("cannot listen on " + listener.address.text + ": not an IP address");
  // First alone: with SO_REUSEPORT a port that another gateway of the same user holds would be shared without a word.
  const int alone = bind_socket(*endpoint, listener, false);
  if (alone < 0) return std::unexpected(explain_failure(listener, errno));
  Listening listening{.address = local_endpoint(alone), .descriptors = {}};
  if (shards == 1) {
    listening.descriptors.push_back(alone);
    return listening;
  }
  ::close(alone);
  for (std::size_t i = 0; i < shards; ++i) {
    const int descriptor = bind_socket(listening.address, listener, true);
    if (descriptor < 0) {
      const std::string failure = explain_failure(listener, errno);
      for (const int each : listening.descriptors)
        ::close(each);
      return std::unexpected(failure);
    }
    listening.descriptors.push_back(descriptor);
  }
  return listening;
}

std::size_t count_shards(const config::Config& config) {
  return config.server.workers.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

std::expected<Bound, std::string> bind(const config::Config& config, InheritedSockets inherited) {
  Bound bound;
  const std::size_t shards = count_shards(config);
  for (const config::Listener& listener : config.listeners) {
    const std::vector<int> sockets = inherited.take(listener);
    auto listening = sockets.empty() ? listen(listener, shards) : share(sockets, listener, shards);
    if (!listening) return std::unexpected(listening.error());
    bound.listeners.push_back(std::move(*listening));
  }
  if (config.admin.address) {
    if (const auto socket = inherited.take(*config.admin.address)) {
      bound.admin.emplace(admin::Listening::adopt(*config.admin.address, *socket));
    } else {
      auto listening = admin::Listening::open(*config.admin.address);
      if (!listening) return std::unexpected(listening.error());
      bound.admin.emplace(std::move(*listening));
    }
  }
  if (auto left = inherited.explain_left()) return std::unexpected(std::move(*left));
  return bound;
}

}  // namespace simplon::gateway
