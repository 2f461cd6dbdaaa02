// Waiting for a socket, and its low-water mark.
#include "net/socket.hpp"

#include "support/socket_pair.hpp"

#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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
    asio::co_spawn(
        context,
        [](Socket& on, std::optional<bool>& result) -> Task<void> { result = co_await on.wait_readable(); }(socket,
                                                                                                            ready),
        asio::detached);
    context.poll();
  }
  asio::io_context context{1};
  test::SocketPair pair;
  Socket socket{context, ::dup(pair.server())};
  std::optional<bool> ready;
};

TEST_F(SocketTest, IsReadableWhenSomethingComes) {
  wait();
  EXPECT_FALSE(ready);
  ASSERT_EQ(::send(pair.client(), "x", 1, 0), 1);
  context.run_for(std::chrono::seconds(10));
  EXPECT_EQ(ready, true);
}

TEST_F(SocketTest, IsReadableAtTheEnd) {
  wait();
  pair.close_client();
  context.run_for(std::chrono::seconds(10));
  EXPECT_EQ(ready, true);
}

TEST_F(SocketTest, ResumesForNothingWhenInterrupted) {
  wait();
  socket.interrupt();
  context.poll();
  EXPECT_EQ(ready, true);
  EXPECT_FALSE(socket.aborted());
}

TEST_F(SocketTest, SaysWhenItWasAborted) {
  wait();
  socket.abort();
  context.poll();
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
  Socket leader(context, ::dup(other.server()));
  wait();
  {
    const AbortTogether together(leader, socket);
    leader.abort();
  }
  context.poll();
  EXPECT_EQ(ready, false);
}

TEST_F(SocketTest, IsFreeOfItsLeaderAfterwards) {
  const test::SocketPair other;
  Socket leader(context, ::dup(other.server()));
  {
    const AbortTogether together(leader, socket);
  }
  leader.abort();
  EXPECT_FALSE(socket.aborted());
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
