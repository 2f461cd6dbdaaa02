// The loop itself.
#include "net/poller.hpp"

#include <gtest/gtest.h>

namespace simplon::net {
namespace {

Task<void> end_at_once() { co_return; }

// Started from within the loop, as every connection is.
Task<void> start_many(asio::io_context& context, int count, int& ended) {
  for (int i = 0; i < count; ++i) {
    spawn(Poller::of(context), end_at_once(), [&ended](const std::exception_ptr&) { ++ended; });
    co_await Turn(Poller::of(context));
  }
}

TEST(EventLoop, EndsCoroutinesThatNeverWaited) {
  asio::io_context context;
  int ended = 0;
  spawn(Poller::of(context), start_many(context, 100, ended));
  Poller::of(context).run();
  EXPECT_EQ(ended, 100);
}

}  // namespace
}  // namespace simplon::net
