#include "net/poller.hpp"

#include "net/socket.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace simplon::net {

namespace {

int check(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

}  // namespace

Poller::Poller(asio::execution_context& context)
    : service(context),
      context_(static_cast<asio::io_context&>(context)),
      epoll_(context_, check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void Poller::shutdown() noexcept {
  boost::system::error_code ignored;
  epoll_.close(ignored);
}

void Poller::watch(Socket& socket, std::uint32_t events) {
  epoll_event event{.events = events | EPOLLRDHUP | EPOLLET, .data = {.ptr = &socket}};
  const int change = socket.watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  check(::epoll_ctl(epoll_.native_handle(), change, socket.descriptor(), &event), "epoll_ctl");
  socket.watched_ = events;
}

void Poller::forget(const Socket& socket) noexcept {
  for (epoll_event& each : heard_) {
    if (each.data.ptr == &socket) each.data.ptr = nullptr;
  }
}

void Poller::arm() noexcept {
  if (dispatching_) return;  // done once at its end
  if (waits_ == 0 && armed_) {
    boost::system::error_code ignored;
    epoll_.cancel(ignored);
    armed_ = false;
  } else if (waits_ > 0 && !armed_) {
    armed_ = true;
    epoll_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;  // cancelled
      armed_ = false;
      dispatch();
    });
  }
}

void Poller::dispatch() {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  dispatching_ = true;
  heard_ = std::span(events).first(static_cast<std::size_t>(count > 0 ? count : 0));
  while (!heard_.empty()) {
    const epoll_event event = heard_.front();
    heard_ = heard_.subspan(1);
    // Whoever is resumed may close this socket and others.
    if (event.data.ptr != nullptr) static_cast<Socket*>(event.data.ptr)->notice(event.events);
  }
  dispatching_ = false;
  arm();
}

}  // namespace simplon::net
