#include "net/poller.hpp"

#include "net/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace simplon::net {

namespace {

constexpr int asio_interval_ms = 1;

int check(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

}  // namespace

Poller::Poller(asio::execution_context& context)
    : service(context),
      context_(static_cast<asio::io_context&>(context)),
      epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = this}};
  if (wake_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    const int error = errno;
    ::close(epoll_);
    if (wake_ >= 0) ::close(wake_);
    throw std::system_error(error, std::generic_category(), "eventfd");
  }
}

Poller::~Poller() {
  ::close(wake_);
  ::close(epoll_);
}

void Poller::watch(Socket& socket, std::uint32_t events) const {
  epoll_event event{.events = events | EPOLLRDHUP | EPOLLET, .data = {.ptr = &socket}};
  const int change = socket.watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  check(::epoll_ctl(epoll_, change, socket.descriptor(), &event), "epoll_ctl");
  socket.watched_ = events;
}

void Poller::unwatch(const Socket& socket) const noexcept {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket.descriptor(), nullptr);
}

void Poller::forget(const Socket& socket) noexcept {
  for (epoll_event& each : heard_) {
    if (each.data.ptr == &socket) each.data.ptr = nullptr;
  }
}

void Poller::wake() const noexcept {
  const std::uint64_t one = 1;
  // It fails only where it has been woken often already.
  static_cast<void>(!::write(wake_, &one, sizeof one));
}

void Poller::run() {
  const Recycler::Lent lent(recycler_);
  run_ready();
  while (alive_ > 0 || kept_) {
    dispatch(timeout());
    if (timers_ != nullptr && timers_->due() != Expiring::Clock::time_point::max() &&
        timers_->due() <= Expiring::Clock::now()) {
      timers_->expire();
    }
    run_ready();
  }
}

void Poller::run_ready() {
  if (posted_ || asked_ > 0) {
    posted_ = false;
    context_.restart();
    context_.poll();
  }
  // Those that come meanwhile have their turn after the sockets.
  std::vector<std::coroutine_handle<>> now = std::exchange(ready_, {});
  for (const std::coroutine_handle<> waiting : now)
    waiting.resume();
  now.clear();
  if (ready_.empty()) ready_ = std::move(now);  // its memory
}

int Poller::timeout() const noexcept {
  if (posted_ || !ready_.empty()) return 0;
  int most = asked_ > 0 ? asio_interval_ms : -1;
  if (timers_ == nullptr || timers_->due() == Expiring::Clock::time_point::max()) return most;
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(timers_->due() - Expiring::Clock::now());
  const int until_due = static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
  return most < 0 ? until_due : std::min(most, until_due);
}

void Poller::dispatch(int milliseconds) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
  heard_ = std::span(events).first(static_cast<std::size_t>(count > 0 ? count : 0));
  while (!heard_.empty()) {
    const epoll_event event = heard_.front();
    heard_ = heard_.subspan(1);
    if (event.data.ptr == this) {
      posted_ = true;  // edge-triggered: the count need not be read
    } else if (event.data.ptr != nullptr) {
      // Whoever is resumed may close this socket and others.
      static_cast<Socket*>(event.data.ptr)->notice(event.events);
    }
  }
}

}  // namespace simplon::net
