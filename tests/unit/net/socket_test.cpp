// Waiting for a socket, and its low-water mark.
#include "net/socket.hpp"

#include "net/stream.hpp"
#include "support/socket_pair.hpp"

#include <array>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

namespace {

int mark_of(Socket& socket) {
  int mark = 0;
  socklen_t size = sizeof mark;
  ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVLOWAT, &mark, &size);
  return mark;
}

class SocketTest : public testing::Test {
 protected:
  // Begins to wait for something to read; the result is in `ready` when the wait is over.
  void wait() {
    spawn(Poller::of(context), [](Socket& on, std::optional<bool>& result) -> Task<void> {
      result = co_await on.wait_readable();
    }(socket, ready));
    context.poll();
  }
  // Until the wait is over.
  void run() { Poller::of(context).run(); }
  asio::io_context context;
  test::SocketPair pair;
  Socket socket{Poller::of(context), ::dup(pair.server())};
  std::optional<bool> ready;
};

TEST_F(SocketTest, IsReadableWhenSomethingComes) {
  wait();
  EXPECT_FALSE(ready);
  ASSERT_EQ(::send(pair.client(), "x", 1, 0), 1);
  run();
  EXPECT_EQ(ready, true);
}

TEST_F(SocketTest, IsReadableAtTheEnd) {
  wait();
  pair.close_client();
  run();
  EXPECT_EQ(ready, true);
}

TEST_F(SocketTest, ResumesForNothingWhenInterrupted) {
  wait();
  socket.interrupt();
  run();
  EXPECT_EQ(ready, true);
  EXPECT_FALSE(socket.aborted());
}

TEST_F(SocketTest, SaysWhenItWasAborted) {
  wait();
  socket.abort();
  run();
  EXPECT_EQ(ready, false);
  EXPECT_TRUE(socket.aborted());
}

TEST_F(SocketTest, NeverWaitsAgainOnceAborted) {
  socket.abort();
  ASSERT_EQ(::send(pair.client(), "x", 1, 0), 1);
  wait();
  EXPECT_EQ(ready, false);
}

TEST_F(SocketTest, IsAbortedWithItsLeader) {
  const test::SocketPair other;
  Socket leader(Poller::of(context), ::dup(other.server()));
  wait();
  {
    const AbortTogether together(leader, socket);
    leader.abort();
  }
  run();
  EXPECT_EQ(ready, false);
}

TEST_F(SocketTest, IsFreeOfItsLeaderAfterwards) {
  const test::SocketPair other;
  Socket leader(Poller::of(context), ::dup(other.server()));
  {
    const AbortTogether together(leader, socket);
  }
  leader.abort();
  EXPECT_FALSE(socket.aborted());
}

TEST_F(SocketTest, AbortsAllItsFollowers) {
  const test::SocketPair one;
  const test::SocketPair two;
  Socket first(Poller::of(context), ::dup(one.server()));
  Socket second(Poller::of(context), ::dup(two.server()));
  const AbortTogether with_first(socket, first);
  {
    const AbortTogether with_second(socket, second);
  }
  const AbortTogether with_second(socket, second);
  socket.abort();
  EXPECT_TRUE(first.aborted());
  EXPECT_TRUE(second.aborted());
}

TEST_F(SocketTest, TellsItsOwnerOfEveryEvent) {
  std::vector<bool> told;
  spawn(Poller::of(context), [](Socket& on, test::SocketPair& peer, std::vector<bool>& events) -> Task<void> {
    events.push_back(co_await on.wait_event(true));  // there is room to write
    EXPECT_EQ(::send(peer.client(), "x", 1, 0), 1);
    events.push_back(co_await on.wait_event(true));
    on.interrupt();  // nobody waits, so nobody is told
    peer.close_client();
    events.push_back(co_await on.wait_event(false));
  }(socket, pair, told));
  run();
  EXPECT_EQ(told, std::vector<bool>({true, true, true}));
}

// Who has read to the last byte need not ask the kernel again, until something comes.
TEST_F(SocketTest, RemembersThatItIsDrained) {
  std::array<std::byte, 8> buffer;
  PlainStream stream(socket);
  ASSERT_EQ(::send(pair.client(), "x", 1, 0), 1);
  EXPECT_EQ(stream.read(buffer).bytes, 1U);
  EXPECT_TRUE(socket.drained());
  EXPECT_EQ(stream.read(buffer).step, Step::want_read);
  wait();
  ASSERT_EQ(::send(pair.client(), "y", 1, 0), 1);
  run();
  EXPECT_FALSE(socket.drained());
  EXPECT_EQ(stream.read(buffer).bytes, 1U);
  wait();
  pair.close_client();
  run();
  EXPECT_EQ(stream.read(buffer).step, Step::end);
}

// A mark that stays hangs the next owner.
TEST_F(SocketTest, HasItsMarkBackAtOneWhenTheScopeEnds) {
  EXPECT_EQ(mark_of(socket), 1);
  {
    LowWaterMark mark(socket);
    mark.set(517);
    EXPECT_EQ(mark_of(socket), 517);
    mark.set(1800);
    EXPECT_EQ(mark_of(socket), 1800);
  }
  EXPECT_EQ(mark_of(socket), 1);
}

TEST_F(SocketTest, HasItsMarkUntouchedWhereNoneWasSet) {
  {
    const LowWaterMark mark(socket);
  }
  EXPECT_EQ(mark_of(socket), 1);
}

}  // namespace

}  // namespace simplon::net
