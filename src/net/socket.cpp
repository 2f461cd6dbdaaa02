#include "net/socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

Socket::~Socket() {
  poller_.forget(*this);
  ::close(descriptor_);
}

void Socket::unwatch() noexcept {
  if (watched_ != 0) poller_.unwatch(*this);
  watched_ = 0;
}

Socket::Wait Socket::wait(Waiter& waiter, std::uint32_t event) {
  if (!aborted_ && (watched_ & event) != event) poller_.watch(*this, watched_ | event | EPOLLIN);
  return {*this, waiter};
}

void Socket::notice(std::uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (broken) writer_.ended = true;
  if (broken || (events & EPOLLRDHUP) != 0) reader_.ended = true;
  if (broken || (events & (EPOLLIN | EPOLLRDHUP)) != 0) drained_ = false;
  // Whoever is resumed may let go of this socket, unless another one who waited holds it.
  std::array<std::coroutine_handle<>, 6> waiting;
  std::size_t count = 0;
  const auto collect = [&](Waiter& waiter) {
    waiter.ready = true;
    for (std::coroutine_handle<>& each : waiter.waiting) {
      if (each) waiting[count++] = std::exchange(each, {});
    }
  };
  collect(event_);
  if (reader_.ended || (events & EPOLLIN) != 0) collect(reader_);
  if (writer_.ended || (events & EPOLLOUT) != 0) collect(writer_);
  for (std::size_t i = 0; i < count; ++i)
    waiting[i].resume();
}

bool Socket::peer_has_closed() const noexcept {
  pollfd state{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) == 1;
}

void Socket::interrupt() noexcept {
  // Not from here: whoever interrupts does not expect that others run meanwhile.
  for (Waiter* const waiter : {&reader_, &writer_, &event_}) {
    for (const std::coroutine_handle<> waiting : take(*waiter)) {
      if (waiting) poller_.resume_soon(waiting);
    }
  }
}

void Socket::abort() noexcept {
  aborted_ = true;
  interrupt();
  for (const AbortTogether* each = followers_; each != nullptr; each = each->after_)
    each->follower_.abort();
}

void Socket::reset_on_close() noexcept {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

AbortTogether::AbortTogether(Socket& leader, Socket& follower) noexcept
    : leader_(leader), follower_(follower), after_(leader.followers_) {
  if (after_ != nullptr) after_->before_ = this;
  leader_.followers_ = this;
}

AbortTogether::~AbortTogether() {
  (before_ != nullptr ? before_->after_ : leader_.followers_) = after_;
  if (after_ != nullptr) after_->before_ = before_;
}

void LowWaterMark::set(std::size_t bytes) noexcept {
  if (bytes == current_) return;
  current_ = bytes;
  const int mark = static_cast<int>(bytes);
  setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark);
}

}  // namespace simplon::net
