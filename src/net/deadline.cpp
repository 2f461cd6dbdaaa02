#include "net/deadline.hpp"

#include <algorithm>

namespace simplon::net {

namespace {

constexpr int most_in_a_turn = 64;

}  // namespace

void Deadlines::add(Queue& queue, Timer& timer) {
  timer.before = queue.before;
  timer.after = &queue;
  queue.before->after = &timer;
  queue.before = &timer;
  due_ = std::min(due_, timer.at_);
}

void Deadlines::remove(Link& link) noexcept {
  link.before->after = link.after;
  link.after->before = link.before;
  link.before = link.after = &link;
}

void Deadlines::expire() {
  due_ = Clock::time_point::max();
  const Clock::time_point now = Clock::now();
  // Each ends a connection, and whoever came in a flood is due with it: others have their turn before all have ended.
  int left = most_in_a_turn;
  for (auto& [duration, queue] : queues_) {
    while (queue.after != &queue) {
      auto& timer = static_cast<Timer&>(*queue.after);
      if (timer.at_ > now || left == 0) {
        due_ = std::min(due_, timer.at_);
        break;
      }
      --left;
      remove(timer);
      timer.expired_ = true;
      timer.fire();
    }
  }
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
