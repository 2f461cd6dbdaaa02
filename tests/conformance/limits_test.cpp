// How many connections there may be, in all and for each client, and how long a quiet one may stay.
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/test_backend.hpp"

#include <future>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::StreamEnd;
using test::StreamSocket;

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::nullopt));
  return made;
}

class Limits : public testing::Test {
 protected:
  static std::string configure(const std::string& limits, const std::string& backend) {
    return "[limits]\n" + limits + std::string(test::listen_table) + "[[route]]\npass = \"" + backend + "\"\n";
  }
  // A client that is being served.
  static StreamSocket served(const test::RunningGateway& gateway) {
    StreamSocket client = gateway.connect();
    EXPECT_TRUE(client.send(hello()));
    EXPECT_EQ(client.read(hello().size()).bytes, hello());
    return client;
  }
  static void expect_turned_away(test::RunningGateway& gateway, const char* reason) {
    StreamSocket client = gateway.connect();
    EXPECT_EQ(client.read_to_end().bytes, "");
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(name_of(record.reason), reason);
    EXPECT_EQ(record.verdict, record::Verdict::rejected);
    EXPECT_FALSE(record.alert);
  }
  test::TestBackend backend{test::echo};
};

TEST_F(Limits, OfConnections) {
  test::RunningGateway gateway(configure("connections = 2\n", backend.address()), {.certificates = {}, .workers = 2});
  StreamSocket first = served(gateway);
  const StreamSocket second = served(gateway);
  expect_turned_away(gateway, "too_many_connections");
  expect_turned_away(gateway, "too_many_connections");
  // One goes, one may come.
  first.close();
  static_cast<void>(gateway.next_record());
  const StreamSocket third = served(gateway);
}

TEST_F(Limits, OfConnectionsPerClient) {
  test::RunningGateway gateway(configure("connections_per_client = 2\n", backend.address()),
                               {.certificates = {}, .workers = 2});
  StreamSocket first = served(gateway);
  const StreamSocket second = served(gateway);
  expect_turned_away(gateway, "too_many_per_client");
  first.close();
  static_cast<void>(gateway.next_record());
  const StreamSocket third = served(gateway);
  expect_turned_away(gateway, "too_many_per_client");
}

TEST_F(Limits, OfConnectionsPerClientCountTheTurnedAwayToo) {
  test::RunningGateway gateway(configure("connections_per_client = 1\n", backend.address()));
  for (int i = 0; i < 20; ++i) {
    StreamSocket only = served(gateway);
    expect_turned_away(gateway, "too_many_per_client");
    only.close();
    static_cast<void>(gateway.next_record());
  }
}

TEST_F(Limits, OfNewConnectionsPerClient) {
  test::RunningGateway gateway(configure("new_connections_per_client = 3\n", backend.address()),
                               {.certificates = {}, .workers = 2});
  int served = 0;
  int turned_away = 0;
  // More than may come in one second, or in two that this takes a part of each of.
  for (int i = 0; i < 20; ++i) {
    StreamSocket client = gateway.connect();
    client.send(hello());
    client.finish();
    ++(client.read_to_end().bytes == hello() ? served : turned_away);
  }
  EXPECT_GE(served, 3);
  EXPECT_GE(turned_away, 1);
  int counted = 0;
  for (int i = 0; i < 20; ++i)
    counted += name_of(gateway.next_record().reason) == "too_many_new_per_client" ? 1 : 0;
  EXPECT_EQ(counted, turned_away);
  // The next second is another one.
  EXPECT_TRUE(test::eventually([&] {
    StreamSocket client = gateway.connect();
    client.send(hello());
    client.finish();
    return client.read_to_end().bytes == hello();
  }));
}

TEST_F(Limits, OfHandshakesUnderWay) {
  test::RunningGateway gateway("[limits]\nhandshakes = 1\n" + std::string(test::listen_table) +
                                   std::string(test::certificate_table) + "[[route]]\nalpn = \"pass/1\"\npass = \"" +
                                   backend.address() + "\"\n[[route]]\ninspect = true\n",
                               {.certificates = {}, .workers = 2});
  // Its answer is waited for.
  StreamSocket first = gateway.connect();
  const std::string offer = test::in_records(test::hello_for("app.example.com", std::vector<std::string>{"http/1.1"}));
  ASSERT_TRUE(first.send(offer));
  ASSERT_FALSE(first.read(1).bytes.empty());
  StreamSocket second = gateway.connect();
  ASSERT_TRUE(second.send(offer));
  EXPECT_EQ(second.read_to_end().bytes, "");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "too_many_handshakes");
  EXPECT_EQ(record.verdict, record::Verdict::rejected);
  // What is passed on costs no cryptography.
  StreamSocket passed = gateway.connect();
  const std::string pass_offer =
      test::in_records(test::hello_for("app.example.com", std::vector<std::string>{"pass/1"}));
  ASSERT_TRUE(passed.send(pass_offer));
  EXPECT_EQ(passed.read(pass_offer.size()).bytes, pass_offer);
  first.close();
  static_cast<void>(gateway.next_record());
  StreamSocket third = gateway.connect();
  ASSERT_TRUE(third.send(offer));
  EXPECT_FALSE(third.read(1).bytes.empty());
}

TEST_F(Limits, OfHandshakesDoNotCountThoseThatAreOver) {
  test::RunningGateway gateway("[limits]\nhandshakes = 1\n" + std::string(test::listen_table) +
                               std::string(test::certificate_table) + "[[route]]\ninspect = true\n");
  const auto options = test::client_options(TLS1_3_VERSION, std::vector<std::string>{"http/1.1"});
  std::vector<std::unique_ptr<test::GatewayClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<test::GatewayClient>(gateway, options));
    ASSERT_TRUE(clients.back()->tls.handshake());
    ASSERT_TRUE(clients.back()->tls.write("GET /json HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
    ASSERT_TRUE(clients.back()->tls.read(15).starts_with("HTTP/1.1 200 OK"));
  }
}

TEST_F(Limits, OfIdleTime) {
  test::RunningGateway gateway(configure("idle_timeout = \"300ms\"\n", backend.address()));
  StreamSocket client = served(gateway);
  EXPECT_EQ(client.read_to_end().bytes, "");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "idle_timeout");
  EXPECT_EQ(record.verdict, record::Verdict::passed);
  EXPECT_GE(record.total, 299ms);
}

// Bytes in either direction count.
TEST_F(Limits, OfIdleTimeStartAgainWithEveryByte) {
  test::RunningGateway gateway(configure("idle_timeout = \"400ms\"\n", backend.address()));
  StreamSocket client = served(gateway);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < 1200ms) {
    // A quiet time well below the limit is what is tested.
    ASSERT_EQ(client.read(1, 50ms).end, StreamEnd::open);
    ASSERT_TRUE(client.send("x"));
    ASSERT_EQ(client.read(1).bytes, "x");
  }
}

TEST_F(Limits, OfIdleTimeHoldForAHalfClosedConnection) {
  std::promise<void> over;
  auto over_future = over.get_future().share();
  test::TestBackend silent([over_future](StreamSocket& stream) {
    static_cast<void>(stream.read_to_end());
    over_future.wait();
  });
  test::RunningGateway gateway(configure("idle_timeout = \"300ms\"\n", silent.address()));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  client.finish();
  static_cast<void>(client.read_to_end());
  EXPECT_EQ(name_of(gateway.next_record().reason), "idle_timeout");
  over.set_value();
}

}  // namespace

}  // namespace simplon
