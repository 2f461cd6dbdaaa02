#include "net/deadline.hpp"

#include <algorithm>

namespace simplon::net {

void Deadlines::add(Queue& queue, Timer& timer) {
  timer.before = queue.before;
  timer.after = &queue;
  queue.before->after = &timer;
  queue.before = &timer;
  arm(timer.at_);
}

void Deadlines::remove(Link& link) noexcept {
  link.before->after = link.after;
  link.after->before = link.before;
  link.before = link.after = &link;
}

// The timer stays armed for a deadline that was dropped or moved: it then fires for nothing once, which is cheaper than
// telling the kernel of every connection that ended in time.
void Deadlines::arm(Clock::time_point at) {
  if (at >= armed_for_) return;
  armed_for_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) expire();
  });
}

void Deadlines::disarm() {
  armed_for_ = Clock::time_point::max();
  timer_.cancel();
}

void Deadlines::expire() {
  armed_for_ = Clock::time_point::max();
  const Clock::time_point now = Clock::now();
  Clock::time_point next = Clock::time_point::max();
  for (auto& [duration, queue] : queues_) {
    while (queue.after != &queue) {
      auto& timer = static_cast<Timer&>(*queue.after);
      if (timer.at_ > now) {
        next = std::min(next, timer.at_);
        break;
      }
      remove(timer);
      timer.expired_ = true;
      timer.fire();
    }
  }
  if (next != Clock::time_point::max()) arm(next);
}

Timer::Timer(Deadlines& deadlines, Deadlines::Clock::duration duration)
    : deadlines_(deadlines),
      duration_(duration),
      queue_(deadlines.queues_[duration]),
      at_(Deadlines::Clock::now() + duration) {
  deadlines_.add(queue_, *this);
}

void Timer::restart() {
  if (expired_) return;
  Deadlines::remove(*this);
  at_ = Deadlines::Clock::now() + duration_;
  deadlines_.add(queue_, *this);
}

}  // namespace simplon::net
