// Deadlines: which of them abort what, and when.
#include "net/deadline.hpp"

#include "support/socket_pair.hpp"

#include <algorithm>
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
    return std::make_unique<Socket>(Poller::of(context), ::dup(pair.server()));
  }
  // Until `condition` holds, ten seconds at most.
  template <typename Condition>
  void run_until(Condition condition) {
    spawn(Poller::of(context), [](Deadlines& timers, Condition holds) -> Task<void> {
      const auto start = Deadlines::Clock::now();
      while (!holds() && Deadlines::Clock::now() - start < 10s)
        co_await sleep(timers, 1ms);
    }(deadlines, condition));
    Poller::of(context).run();
  }
  // For as long.
  void run_for(std::chrono::milliseconds time) {
    const auto start = Deadlines::Clock::now();
    run_until([=] { return Deadlines::Clock::now() - start >= time; });
  }
  asio::io_context context;
  Deadlines deadlines{context};
};

TEST_F(DeadlineTest, AbortsItsSocketInTime) {
  const auto socket = make_socket();
  const Deadline deadline(deadlines, 30ms, *socket);
  EXPECT_FALSE(socket->aborted());
  EXPECT_FALSE(deadline.expired());
  const auto start = Deadlines::Clock::now();
  run_until([&] { return deadline.expired(); });
  EXPECT_GE(Deadlines::Clock::now() - start, 29ms);
  EXPECT_TRUE(socket->aborted());
  EXPECT_TRUE(deadline.expired());
}

TEST_F(DeadlineTest, AbortsBothOfItsSockets) {
  const auto first = make_socket();
  const auto second = make_socket();
  const Deadline deadline(deadlines, 1ms, *first, second.get());
  run_until([&] { return deadline.expired(); });
  EXPECT_TRUE(first->aborted());
  EXPECT_TRUE(second->aborted());
}

TEST_F(DeadlineTest, SparesTheSocketWhenDropped) {
  const auto socket = make_socket();
  {
    const Deadline deadline(deadlines, 5ms, *socket);
  }
  run_for(20ms);
  EXPECT_FALSE(socket->aborted());
}

// The shorter one may have been set later.
TEST_F(DeadlineTest, ExpiresInTheOrderOfTimeNotOfSetting) {
  const auto late = make_socket();
  const auto early = make_socket();
  const Deadline later(deadlines, 10s, *late);
  const Deadline earlier(deadlines, 5ms, *early);
  run_until([&] { return earlier.expired(); });
  EXPECT_TRUE(earlier.expired());
  EXPECT_FALSE(later.expired());
  EXPECT_FALSE(late->aborted());
}

TEST_F(DeadlineTest, OfOneDurationExpireOneAfterTheOther) {
  const auto first = make_socket();
  const auto second = make_socket();
  std::optional<Deadline> one(std::in_place, deadlines, 20ms, *first);
  const Deadline other(deadlines, 20ms, *second);
  run_until([&] { return one->expired(); });
  run_until([&] { return other.expired(); });
  EXPECT_TRUE(other.expired());
}

TEST_F(DeadlineTest, StartsAgain) {
  const auto moved = make_socket();
  const auto kept = make_socket();
  Deadline restarted(deadlines, 60ms, *moved);
  const Deadline control(deadlines, 40ms, *kept);
  run_until([&] { return control.expired(); });
  restarted.restart();
  const auto again = Deadlines::Clock::now();
  run_until([&] { return restarted.expired(); });
  EXPECT_TRUE(restarted.expired());
  EXPECT_GE(Deadlines::Clock::now() - again, 59ms);
}

TEST_F(DeadlineTest, DoesNotStartAgainOnceExpired) {
  const auto socket = make_socket();
  Deadline deadline(deadlines, 1ms, *socket);
  run_until([&] { return deadline.expired(); });
  deadline.restart();
  run_for(5ms);
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
    run_for(20ms);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(sockets[i]->aborted(), i != gone);
  }
}

TEST_F(DeadlineTest, MayBeDroppedAfterItExpired) {
  const auto socket = make_socket();
  auto deadline = std::make_unique<Deadline>(deadlines, 1ms, *socket);
  run_until([&] { return deadline->expired(); });
  deadline.reset();
  const Deadline next(deadlines, 1ms, *socket);
  run_until([&] { return next.expired(); });
  EXPECT_TRUE(next.expired());
}

// Thousands that came at once end at once; others are not to wait for all of them.
TEST_F(DeadlineTest, LetsOthersHaveTheirTurnInBetween) {
  constexpr int count = 1000;
  class Counting final : public Timer {
   public:
    Counting(Deadlines& timers, int& expired) : Timer(timers, 1ms), count_(expired) {}

   private:
    void fire() override { ++count_; }

    int& count_;
  };
  int expired = 0;
  std::vector<std::unique_ptr<Counting>> timers;
  for (int i = 0; i < count; ++i)
    timers.push_back(std::make_unique<Counting>(deadlines, expired));
  const auto made = Deadlines::Clock::now();
  while (Deadlines::Clock::now() - made < 2ms) {
  }

  int turns = 0;
  int most_in_a_turn = 0;
  spawn(Poller::of(context), [](Poller& poller, const int& sofar, int& taken, int& most) -> Task<void> {
    for (int before = 0; sofar < count && taken < count; ++taken) {
      before = sofar;
      co_await Turn(poller);
      most = std::max(most, sofar - before);
    }
  }(Poller::of(context), expired, turns, most_in_a_turn));
  Poller::of(context).run();
  EXPECT_EQ(expired, count);
  EXPECT_GE(turns, count / 100);
  EXPECT_LE(most_in_a_turn, 100);
}

// Else the event loop would go on until the longest deadline that ever was.
TEST_F(DeadlineTest, KeepsNoLoopWaiting) {
  const auto socket = make_socket();
  const auto start = Deadlines::Clock::now();
  {
    const Deadline deadline(deadlines, 1h, *socket);
  }
  const Deadline other(deadlines, 2h, *socket);
  Poller::of(context).run();
  EXPECT_LT(Deadlines::Clock::now() - start, 10s);
}

}  // namespace

}  // namespace simplon::net
