// Passing through: two streams become one, in every respect that a peer can notice.
#include "support/bulk.hpp"
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"

#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::bulk;
using test::Received;
using test::StreamEnd;
using test::StreamSocket;

std::string configure(const std::string& backends) {
  return std::string(test::listen_table) + "[[route]]\npass = " + backends + "\n";
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::vector<std::string>{"h2"}));
  return made;
}

// Says whether it is, without printing megabytes.
bool same(const std::string& one, const std::string& other) { return one == other; }

TEST(Pass, CarriesTheClientsHalfClose) {
  test::Recording recording;
  test::TestBackend backend(recording.serve("after the end"));
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  client.finish();
  EXPECT_EQ(recording.next().end, StreamEnd::finished);
  const Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, "after the end");
  EXPECT_EQ(answer.end, StreamEnd::finished);
  EXPECT_EQ(name_of(gateway.next_record().reason), "");
}

TEST(Pass, CarriesTheBackendsHalfClose) {
  std::promise<Received> late;
  test::TestBackend backend([&](StreamSocket& stream) {
    static_cast<void>(stream.read(hello().size()));
    stream.send("bye");
    stream.finish();
    late.set_value(stream.read_to_end());
  });
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  const Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, "bye");
  EXPECT_EQ(answer.end, StreamEnd::finished);
  ASSERT_TRUE(client.send("still here"));
  client.finish();
  const Received received = late.get_future().get();
  EXPECT_EQ(received.bytes, "still here");
  EXPECT_EQ(received.end, StreamEnd::finished);
  EXPECT_EQ(name_of(gateway.next_record().reason), "");
}

// A broken stream must not look like a finished one.
TEST(Pass, CarriesTheClientsReset) {
  std::promise<void> reached;
  std::promise<Received> end;
  test::TestBackend backend([&](StreamSocket& stream) {
    static_cast<void>(stream.read(hello().size()));
    reached.set_value();
    end.set_value(stream.read_to_end());
  });
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  reached.get_future().wait();
  client.reset();
  EXPECT_EQ(end.get_future().get().end, StreamEnd::reset);
  EXPECT_EQ(name_of(gateway.next_record().reason), "client_reset");
}

TEST(Pass, CarriesTheBackendsReset) {
  test::TestBackend backend([](StreamSocket& stream) {
    static_cast<void>(stream.read(hello().size()));
    stream.reset_on_close();
  });
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  EXPECT_EQ(client.read_to_end().end, StreamEnd::reset);
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_reset");
}

TEST(Pass, CarriesMuchToTheBackend) {
  test::Recording recording;
  test::TestBackend backend(recording.serve());
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  ASSERT_TRUE(client.send(bulk()));
  client.finish();
  EXPECT_TRUE(same(recording.next().bytes, hello() + bulk()));
  EXPECT_EQ(client.read_to_end().end, StreamEnd::finished);
  EXPECT_EQ(gateway.next_record().bytes_in, hello().size() + bulk().size());
}

TEST(Pass, CarriesMuchToTheClient) {
  test::Recording recording;
  test::TestBackend backend(recording.serve(bulk()));
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  client.finish();
  const Received answer = client.read_to_end();
  EXPECT_TRUE(same(answer.bytes, bulk())) << answer.bytes.size();
  EXPECT_EQ(answer.end, StreamEnd::finished);
  EXPECT_EQ(gateway.next_record().bytes_out, bulk().size());
}

TEST(Pass, CarriesMuchBothWaysAtOnce) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  std::thread writer([&] {
    client.send(hello());
    client.send(bulk());
    client.finish();
  });
  const Received answer = client.read_to_end();
  writer.join();
  EXPECT_TRUE(same(answer.bytes, hello() + bulk())) << answer.bytes.size();
  EXPECT_EQ(answer.end, StreamEnd::finished);
}

// Whoever does not read stops the sender, and nothing piles up in between.
TEST(Pass, HoldsLittleForABackendThatDoesNotRead) {
  std::promise<void> go_on;
  test::TestBackend backend([&](StreamSocket& stream) {
    go_on.get_future().wait();
    std::size_t size = 0;
    for (Received some = stream.read_some(); !some.bytes.empty(); some = stream.read_some())
      size += some.bytes.size();
    stream.send(std::to_string(size));
    stream.finish();
  });
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  const std::size_t sent = client.send_until_stalled(bulk(), 300ms);
  EXPECT_LT(sent, bulk().size());  // what the kernel's buffers hold, and one pipe
  go_on.set_value();
  client.finish();
  EXPECT_EQ(client.read_to_end().bytes, std::to_string(hello().size() + sent));
}

TEST(Pass, HoldsLittleForAClientThatDoesNotRead) {
  std::promise<std::size_t> stalled;
  test::TestBackend backend([&](StreamSocket& stream) {
    static_cast<void>(stream.read(hello().size()));
    stalled.set_value(stream.send_until_stalled(bulk(), 300ms));
    stream.finish();
  });
  test::RunningGateway gateway(configure(quoted(backend.address())));
  StreamSocket client = gateway.connect(4096);
  ASSERT_TRUE(client.send(hello()));
  const std::size_t sent = stalled.get_future().get();
  EXPECT_LT(sent, bulk().size());
  EXPECT_TRUE(same(client.read_to_end().bytes, bulk().substr(0, sent)));
}

// Bytes, reset and end of a connection whose two sides end in any order leave nothing behind.
TEST(Pass, LeavesNothingBehind) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure(quoted(backend.address())));
  for (int i = 0; i < 100; ++i) {
    StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(hello()));
    if (i % 3 == 0) client.finish();
    if (i % 3 == 1) client.reset();
  }
  EXPECT_TRUE(test::eventually([&] { return gateway.connections() == 0; }));
}

}  // namespace

}  // namespace simplon
