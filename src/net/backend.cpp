#include "net/backend.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

namespace {

struct Connected {
  std::unique_ptr<Socket> socket;
  std::size_t sent = 0;  // of what is to be said first
};

Task<std::expected<Connected, DialError>> connect(Dialer dialer, const Endpoint& endpoint,
                                                  std::chrono::milliseconds timeout, Socket& client, Bytes first) {
  const auto fail = [](int error) {
    return std::unexpected(DialError{.timed_out = error == ETIMEDOUT,
                                     .not_tried = error == EMFILE || error == EAGAIN || error == ENFILE ||
                                                  error == ENOBUFS || error == ENOMEM || error == ECANCELED,
                                     .backend = {},
                                     .detail = boost::system::system_category().message(error)});
  };
  const int descriptor = ::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) co_return fail(errno);
  auto socket = std::make_unique<Socket>(dialer.context, descriptor);
  if (endpoint.is_ip()) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(descriptor, endpoint.address(), endpoint.size()) != 0) {
    if (errno != EINPROGRESS) co_return fail(errno);
    // On the loopback interface the connection is made, or refused, by now, though the kernel did not say so: instead
    // of a wait, what is to be said first finds out.
    if (!first.empty() && endpoint.is_loopback()) {
      const ssize_t size = ::send(descriptor, first.data(), first.size(), MSG_NOSIGNAL);
      if (size >= 0) co_return Connected{std::move(socket), static_cast<std::size_t>(size)};
      if (errno != EAGAIN) co_return fail(errno);
    }
    const Deadline deadline(dialer.deadlines, timeout, *socket);
    const AbortTogether together(client, *socket);
    const bool ready = co_await socket->wait_writable();
    if (!ready) co_return fail(deadline.expired() ? ETIMEDOUT : ECANCELED);
    if (socket->broken()) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) co_return fail(error);
    }
  }
  co_return Connected{std::move(socket), 0};
}

}  // namespace

BackendGroup::BackendGroup(std::vector<Backend> backends) : members_(backends.size()) {
  for (std::size_t i = 0; i < backends.size(); ++i)
    members_[i].backend = std::move(backends[i]);
}

std::vector<std::size_t> BackendGroup::order() const {
  const std::size_t first = size() == 1 ? 0 : turn_.fetch_add(1, std::memory_order_relaxed);
  const auto now = Clock::now().time_since_epoch().count();
  std::vector<std::size_t> order;
  std::vector<std::size_t> aside;
  for (std::size_t i = 0; i < size(); ++i) {
    const std::size_t index = (first + i) % size();
    (members_[index].aside_until.load() <= now ? order : aside).push_back(index);
  }
  order.insert(order.end(), aside.begin(), aside.end());
  return order;
}

void BackendGroup::report(std::size_t index, bool reached) const noexcept {
  const Member& member = members_[index];
  if (reached) {
    if (member.failures.load(std::memory_order_relaxed) != 0) {
      member.failures = 0;
      member.aside_until = 0;
    }
    return;
  }
  const std::uint32_t failures = member.failures.fetch_add(1);
  const auto pause = std::min(std::chrono::seconds(1) * (1U << std::min(failures, 5U)), std::chrono::seconds(30));
  member.aside_until = (Clock::now() + pause).time_since_epoch().count();
}

BackendGroup::Health BackendGroup::health(std::size_t index) const noexcept {
  const Member& member = members_[index];
  const Clock::duration left = Clock::duration(member.aside_until.load()) - Clock::now().time_since_epoch();
  return {.failures = member.failures.load(std::memory_order_relaxed),
          .aside = std::chrono::ceil<std::chrono::milliseconds>(std::max(left, Clock::duration(0)))};
}

Task<std::expected<Dialed, DialError>> dial(Dialer dialer, const BackendGroup& group, std::chrono::milliseconds timeout,
                                            Socket& client, Bytes first) {
  return dial(dialer, group, group.order(), timeout, client, first);
}

Task<std::expected<Dialed, DialError>> dial(Dialer dialer, const BackendGroup& group, std::vector<std::size_t> order,
                                            std::chrono::milliseconds timeout, Socket& client, Bytes first) {
  DialError failure;
  for (const std::size_t index : order) {
    const Backend& backend = group.backend(index);
    std::vector<Endpoint> endpoints;
    if (backend.endpoint) {
      endpoints.push_back(*backend.endpoint);
    } else {
      auto resolved = co_await dialer.resolver.resolve(backend.host, backend.port);
      if (resolved) {
        endpoints = std::move(*resolved);
      } else {
        failure = {.timed_out = false, .not_tried = false, .backend = backend.text, .detail = resolved.error()};
      }
    }
    for (const Endpoint& endpoint : endpoints) {
      if (client.aborted()) co_return std::unexpected(std::move(failure));
      auto connected = co_await connect(dialer, endpoint, timeout, client, first);
      if (connected) {
        group.report(index, true);
        co_return Dialed{std::move(connected->socket), &backend, index, connected->sent};
      }
      failure = std::move(connected.error());
      failure.backend = backend.text;
    }
    if (failure.not_tried) continue;
    group.report(index, false);
    if (dialer.counters != nullptr) dialer.counters->count_backend_error(backend.text);
  }
  co_return std::unexpected(std::move(failure));
}

}  // namespace simplon::net
