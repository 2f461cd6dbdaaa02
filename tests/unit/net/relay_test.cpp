// Writing through a socket that takes little at a time.
#include "net/relay.hpp"

#include "support/socket_pair.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::net {

namespace {

using namespace std::chrono_literals;

class WriteAll : public testing::Test {
 protected:
  void start(std::chrono::milliseconds patience) {
    pair.shrink_server_buffer(1);  // the kernel has a least size, and doubles it
    deadline.emplace(deadlines, patience, socket);
    spawn(Poller::of(context), [](Socket& to, Bytes all, Deadline& idle, std::optional<PumpEnd>& result) -> Task<void> {
      result = co_await write_all(PlainStream(to), all, idle);
    }(socket, bytes, *deadline, end));
  }

  // As much as no small buffer holds.
  const std::vector<std::byte> bytes = std::vector(1'000'000, std::byte{'x'});
  asio::io_context context;
  Deadlines deadlines{context};
  test::SocketPair pair;
  Socket socket{Poller::of(context), ::dup(pair.server())};
  std::optional<Deadline> deadline;
  std::optional<PumpEnd> end;
};

TEST_F(WriteAll, GoesOnWhereTheSocketIsFull) {
  start(20s);
  EXPECT_FALSE(end);
  spawn(Poller::of(context), [](int from, std::size_t size, Socket& ours) -> Task<void> {
    std::string buffer(4096, '\0');
    for (std::size_t got = 0; got < size;) {
      const ssize_t some = ::recv(from, buffer.data(), buffer.size(), 0);
      if (some > 0) got += static_cast<std::size_t>(some);
      if (some <= 0) co_await ours.take_turn();
      if (ours.aborted()) co_return;
    }
  }(pair.client(), bytes.size(), socket));
  Poller::of(context).run();
  EXPECT_EQ(end, PumpEnd::finished);
}

TEST_F(WriteAll, GivesUpWhenTimeIsUp) {
  start(50ms);
  Poller::of(context).run();
  EXPECT_EQ(end, PumpEnd::aborted);
  EXPECT_TRUE(deadline->expired());
}

TEST_F(WriteAll, SaysThatThePeerIsGone) {
  start(20s);
  pair.close_client();
  Poller::of(context).run();
  EXPECT_EQ(end, PumpEnd::sink_broke);
}

}  // namespace

}  // namespace simplon::net
