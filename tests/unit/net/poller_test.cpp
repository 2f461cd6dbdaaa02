// The loop goes on, whatever its coroutines do.
#include "net/poller.hpp"

#include <stdexcept>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace simplon::net {

namespace {

Task<void> end_at_once() { co_return; }

Task<void> fail_at_once() {
  throw std::runtime_error("at once");
  co_return;
}

// What coroutines that never wait leave behind.
struct Ended {
  int well = 0;
  bool badly = false;
  std::thread stopping;
};

// Starts some as a listener does with connections that are turned away, then has another thread end the loop, as a
// drain does.
Task<void> start_and_stop(asio::io_context& context, Ended& ended) {
  co_await take_turn();
  for (int i = 0; i < 3; ++i)
    spawn(context, end_at_once(), [&](const std::exception_ptr& failure) { ended.well += failure ? 0 : 1; });
  spawn(context, fail_at_once(), [&](const std::exception_ptr& failure) { ended.badly = failure != nullptr; });
  while (ended.well < 3 || !ended.badly)
    co_await take_turn();
  ended.stopping = std::thread([&context] {
    Poller& poller = Poller::of(context);
    asio::post(context, [&poller] { poller.keep(false); });
    poller.wake();
  });
}

TEST(Poller, HearsOfThingsAfterCoroutinesThatNeverWaited) {
  asio::io_context context{1};
  Ended ended;
  Poller::of(context).keep(true);
  spawn(context, start_and_stop(context, ended));
  Poller::of(context).run();
  ended.stopping.join();
  EXPECT_EQ(ended.well, 3);
  EXPECT_TRUE(ended.badly);
}

}  // namespace

}  // namespace simplon::net
