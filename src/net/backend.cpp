#include "net/backend.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

namespace {

// A connection to an endpoint, on its way.
struct Begun {
  std::unique_ptr<Socket> socket;
  bool made = false;     // it need not be waited for
  std::size_t sent = 0;  // of what is to be said first
};

// Errors are the system's.
std::expected<Begun, int> begin(const Dialer& dialer, const Endpoint& endpoint, Bytes first) {
  const int descriptor = ::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(errno);
  Begun begun{.socket = std::make_unique<Socket>(dialer.poller, descriptor)};
  // It says nothing before it hears of us, or epoll tells: asking it now would be a wasted system call.
  begun.socket->note_drained(true);
  if (endpoint.is_ip()) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  begun.made = ::connect(descriptor, endpoint.address(), endpoint.size()) == 0;
  if (begun.made) return begun;
  if (errno != EINPROGRESS) return std::unexpected(errno);
  // On the loopback interface the connection is made, or refused, by now, though the kernel did not say so: instead of
  // a wait, what is to be said first finds out, be it nothing.
  if (endpoint.is_loopback()) {
    const ssize_t size = ::send(descriptor, first.data(), first.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) return std::unexpected(errno);
    begun.made = size >= 0;
    if (begun.made) begun.sent = static_cast<std::size_t>(size);
  }
  return begun;
}

// The system's error, or 0 once the connection is made.
Task<int> wait_until_made(Dialer dialer, Socket& socket, std::chrono::milliseconds timeout, Socket& client) {
  const Deadline deadline(dialer.deadlines, timeout, socket);
  const AbortTogether together(client, socket);
  const bool ready = co_await socket.wait_writable();
  if (!ready) co_return deadline.expired() ? ETIMEDOUT : ECANCELED;
  int error = 0;
  socklen_t size = sizeof error;
  if (socket.broken()) getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  co_return error;
}

DialError describe(int error, const Backend& backend) {
  return {.timed_out = error == ETIMEDOUT,
          .not_tried = error == EMFILE || error == EAGAIN || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
                       error == ECANCELED,
          .backend = backend.text,
          .detail = boost::system::system_category().message(error)};
}

}  // namespace

BackendGroup::BackendGroup(std::vector<Backend> backends) : members_(backends.size()) {
  for (std::size_t i = 0; i < backends.size(); ++i)
    members_[i].backend = std::move(backends[i]);
}

BackendOrder BackendGroup::order() const {
  if (size() == 1) return {0};
  const std::size_t first = turn_.fetch_add(1, std::memory_order_relaxed);
  const auto now = Clock::now().time_since_epoch().count();
  BackendOrder order;
  BackendOrder aside;
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

Task<std::expected<Dialed, DialError>> dial(Dialer dialer, const BackendGroup& group, BackendOrder order,
                                            std::chrono::milliseconds timeout, Socket& client, Bytes first) {
  DialError failure;
  for (const std::size_t index : order) {
    const Backend& backend = group.backend(index);
    std::vector<Endpoint> resolved;
    std::span<const Endpoint> endpoints;
    if (backend.endpoint) {
      endpoints = {&*backend.endpoint, 1};
    } else {
      auto found = co_await dialer.resolver.resolve(backend.host, backend.port);
      if (found) {
        resolved = std::move(*found);
        endpoints = resolved;
      } else {
        failure = {.timed_out = false, .not_tried = false, .backend = backend.text, .detail = found.error()};
      }
    }
    for (const Endpoint& endpoint : endpoints) {
      if (client.aborted()) co_return std::unexpected(std::move(failure));
      auto begun = begin(dialer, endpoint, first);
      int error = begun ? 0 : begun.error();
      if (begun && !begun->made) error = co_await wait_until_made(dialer, *begun->socket, timeout, client);
      if (error == 0) {
        group.report(index, true);
        co_return Dialed{std::move(begun->socket), &backend, index, begun->sent};
      }
      failure = describe(error, backend);
    }
    if (failure.not_tried) continue;
    group.report(index, false);
    if (dialer.counters != nullptr) dialer.counters->count_backend_error(backend.text);
  }
  co_return std::unexpected(std::move(failure));
}

}  // namespace simplon::net
