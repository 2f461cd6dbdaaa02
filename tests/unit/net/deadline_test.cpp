// Deadlines: which of them abort what, and when.
#include "net/deadline.hpp"

#include "support/socket_pair.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace simplon::net {

namespace {

using namespace std::chrono_literals;

class DeadlineTest : public testing::Test {
 protected:
  // A socket of its own, which it closes.
  std::unique_ptr<Socket> make_socket() {
    const test::SocketPair pair;
    return std::make_unique<Socket>(context, ::dup(pair.server()));
  }
  // Until nothing is left to wait for: the timer is all there is.
  std::chrono::milliseconds run() {
    const auto start = Deadlines::Clock::now();
    context.restart();
    context.run();
    return std::chrono::duration_cast<std::chrono::milliseconds>(Deadlines::Clock::now() - start);
  }
  asio::io_context context{1};
  Deadlines deadlines{context};
};

TEST_F(DeadlineTest, AbortsItsSocketInTime) {
  const auto socket = make_socket();
  const Deadline deadline(deadlines, 30ms, *socket);
  EXPECT_FALSE(socket->aborted());
  EXPECT_FALSE(deadline.expired());
  EXPECT_GE(run(), 30ms);
  EXPECT_TRUE(socket->aborted());
  EXPECT_TRUE(deadline.expired());
}

TEST_F(DeadlineTest, AbortsBothOfItsSockets) {
  const auto first = make_socket();
  const auto second = make_socket();
  const Deadline deadline(deadlines, 1ms, *first, second.get());
  run();
  EXPECT_TRUE(first->aborted());
  EXPECT_TRUE(second->aborted());
}

TEST_F(DeadlineTest, SparesTheSocketWhenDropped) {
  const auto socket = make_socket();
  {
    const Deadline deadline(deadlines, 5ms, *socket);
  }
  run();
  EXPECT_FALSE(socket->aborted());
}

// The shorter one may have been set later.
TEST_F(DeadlineTest, ExpiresInTheOrderOfTimeNotOfSetting) {
  const auto late = make_socket();
  const auto early = make_socket();
  const Deadline later(deadlines, 10s, *late);
  const Deadline earlier(deadlines, 5ms, *early);
  const auto start = Deadlines::Clock::now();
  context.run_one();  // the timer's first, told that it is set anew
  while (!earlier.expired() && Deadlines::Clock::now() - start < 5s)
    context.run_one_for(1s);
  EXPECT_TRUE(earlier.expired());
  EXPECT_FALSE(later.expired());
  EXPECT_FALSE(late->aborted());
}

TEST_F(DeadlineTest, OfOneDurationExpireOneAfterTheOther) {
  const auto first = make_socket();
  const auto second = make_socket();
  std::optional<Deadline> one(std::in_place, deadlines, 20ms, *first);
  const Deadline other(deadlines, 20ms, *second);
  while (!one->expired())
    context.run_one();
  run();
  EXPECT_TRUE(other.expired());
}

TEST_F(DeadlineTest, StartsAgain) {
  const auto moved = make_socket();
  const auto kept = make_socket();
  Deadline restarted(deadlines, 60ms, *moved);
  const Deadline control(deadlines, 40ms, *kept);
  while (!control.expired())
    context.run_one();
  restarted.restart();
  const auto again = Deadlines::Clock::now();
  run();
  EXPECT_TRUE(restarted.expired());
  EXPECT_GE(Deadlines::Clock::now() - again, 60ms);
}

TEST_F(DeadlineTest, DoesNotStartAgainOnceExpired) {
  const auto socket = make_socket();
  Deadline deadline(deadlines, 1ms, *socket);
  run();
  deadline.restart();
  EXPECT_EQ(run(), 0ms);
  EXPECT_TRUE(deadline.expired());
}

// In the queue's front, middle and end, and with the timer armed for the one that goes.
TEST_F(DeadlineTest, MayBeDroppedWhileOthersAreQueued) {
  for (std::size_t gone = 0; gone < 3; ++gone) {
    SCOPED_TRACE(gone);
    std::vector<std::unique_ptr<Socket>> sockets;
    std::vector<std::unique_ptr<Deadline>> queued;
    for (int i = 0; i < 3; ++i) {
      sockets.push_back(make_socket());
      queued.push_back(std::make_unique<Deadline>(deadlines, 5ms, *sockets.back()));
    }
    queued[gone].reset();
    run();
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(sockets[i]->aborted(), i != gone);
  }
}

TEST_F(DeadlineTest, MayBeDroppedAfterItExpired) {
  const auto socket = make_socket();
  auto deadline = std::make_unique<Deadline>(deadlines, 1ms, *socket);
  run();
  deadline.reset();
  const Deadline next(deadlines, 1ms, *socket);
  run();
  EXPECT_TRUE(next.expired());
}

// Else the event loop would go on until the longest deadline that ever was.
TEST_F(DeadlineTest, LeaveNothingToWaitForOnceDisarmed) {
  const auto socket = make_socket();
  {
    const Deadline deadline(deadlines, 1h, *socket);
  }
  deadlines.disarm();
  EXPECT_LT(run(), 10s);
  const Deadline next(deadlines, 1ms, *socket);
  run();
  EXPECT_TRUE(next.expired());
}

}  // namespace

}  // namespace simplon::net
