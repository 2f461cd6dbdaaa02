// Clients that take their time: they cost next to nothing, hold up nobody, and have an end.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"

#include <chrono>
#include <ctime>
#include <thread>

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::hello_for;
using test::in_records;
using Clock = std::chrono::steady_clock;

const std::string& hello() {
  static const std::string made = in_records(hello_for("app.example.com", std::vector<std::string>{"h2"}));
  return made;
}

std::string configure(const std::string& limits, const std::string& backend) {
  return "[limits]\n" + limits + std::string(test::listen_table) + "[[route]]\npass = \"" + backend + "\"\n";
}

std::chrono::nanoseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST(SlowClient, IsClosedAfterHelloTimeoutWhereverItStalls) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("hello_timeout = \"300ms\"\n", backend.address()));
  const auto start = Clock::now();
  std::vector<test::StreamSocket> clients;
  for (std::size_t size = 0; size < hello().size(); ++size) {
    clients.push_back(gateway.connect());
    ASSERT_TRUE(clients.back().send(hello().substr(0, size)));
  }
  // No alert: nothing is known of what the client wanted.
  for (test::StreamSocket& client : clients)
    EXPECT_EQ(client.read_to_end().bytes, "");
  EXPECT_GE(Clock::now() - start, 300ms);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const record::Connection record = gateway.next_record();
    ASSERT_EQ(name_of(record.reason), "hello_timeout");
    ASSERT_EQ(record.verdict, record::Verdict::failed);
    ASSERT_FALSE(record.alert);
    // From accept, not from the last byte.
    ASSERT_GE(record.total, 299ms);
  }
  EXPECT_EQ(backend.dialled(), 0U);
}

TEST(SlowClient, IsClosedAfterHelloTimeoutHoweverItDrips) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("hello_timeout = \"300ms\"\n", backend.address()));
  test::StreamSocket client = gateway.connect();
  const auto start = Clock::now();
  for (std::size_t i = 0; i + 1 < hello().size(); ++i) {
    // The drip is the client's, so here time does have to pass.
    if (!client.send(hello().substr(i, 1)) || client.read(1, 20ms).end != test::StreamEnd::open) break;
  }
  EXPECT_GE(Clock::now() - start, 299ms);
  EXPECT_EQ(name_of(gateway.next_record().reason), "hello_timeout");
}

// One byte per 20 ms must not be judged 50 times a second, and no byte at all not once.
TEST(SlowClient, TakesNoProcessorTime) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("hello_timeout = \"800ms\"\n", backend.address()));
  std::vector<test::StreamSocket> clients;
  for (std::size_t size = 0; size < 40; ++size) {
    clients.push_back(gateway.connect());
    ASSERT_TRUE(clients.back().send(hello().substr(0, size)));
  }
  const auto wall = Clock::now();
  const auto before = processor_time();
  for (test::StreamSocket& client : clients)
    static_cast<void>(client.read_to_end());
  const auto spent = processor_time() - before;
  EXPECT_LT(spent, (Clock::now() - wall) / 4)
      << std::chrono::duration_cast<std::chrono::milliseconds>(spent).count() << " ms";
}

TEST(SlowClient, HoldsNoMemoryForItsBytes) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("", backend.address()));
  const std::string most = in_records(hello_for("app.example.com", std::nullopt).pad_to(60000)).substr(0, 30000);
  const auto open = [&](std::size_t count) {
    std::vector<test::StreamSocket> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(gateway.connect());
      EXPECT_TRUE(clients.back().send(most));
    }
    EXPECT_TRUE(test::eventually([&] { return gateway.connections() == count; }));
    return clients;
  };
  {
    const auto warm = open(200);
  }
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == 0; }));
  const std::size_t before = ::mallinfo2().uordblks;
  const auto clients = open(200);
  const std::size_t after = ::mallinfo2().uordblks;
  // The bytes are the kernel's to keep: what is here per connection is far less than what it has sent.
  EXPECT_LT(after, before + 200UZ * 8192) << (after - before) / 200 << " bytes a connection";
}

TEST(SlowClient, ThatClosesIsOverAtOnce) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("", backend.address()));
  for (const std::size_t size : {0UZ, 1UZ, 5UZ, 100UZ}) {
    SCOPED_TRACE(size);
    test::StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(hello().substr(0, size)));
    client.finish();
    EXPECT_EQ(client.read_to_end().bytes, "");
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(name_of(record.reason), "client_closed");
    EXPECT_EQ(record.verdict, record::Verdict::failed);
  }
}

TEST(HalfOpenClients, ByTheThousandHoldUpNobody) {
  constexpr std::size_t many = 5000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2 * many + 200) GTEST_SKIP() << "needs " << 2 * many + 200 << " descriptors";

  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure("hello_timeout = \"5m\"\n", backend.address()));
  std::vector<test::StreamSocket> half_open;
  for (std::size_t i = 0; i < many; ++i) {
    half_open.push_back(gateway.connect());
    half_open.back().send(hello().substr(0, i % hello().size()));
  }
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == many; }));
  const auto start = Clock::now();
  for (int i = 0; i < 50; ++i) {
    test::StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(hello()));
    ASSERT_EQ(client.read(hello().size()).bytes, hello());
  }
  EXPECT_LT(Clock::now() - start, 5s);
  EXPECT_GE(gateway.connections(), many);
}

}  // namespace

}  // namespace simplon
