// Another configuration while connections come, last and go.
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/test_backend.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::GatewayClient;
using test::RunningGateway;
using test::StreamEnd;
using test::StreamSocket;

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::nullopt));
  return made;
}

// Answers everybody's hello with `word`, and every byte that follows with itself.
test::TestBackend::Serve greet(const std::string& word) {
  return [word](StreamSocket& stream) {
    static_cast<void>(stream.read(hello().size()));
    stream.send(word);
    test::echo(stream);
  };
}

std::string route_to(const test::TestBackend& backend, std::string_view listen = test::listen_table) {
  return std::string(listen) + "[[route]]\npass = \"" + backend.address() + "\"\n";
}

std::string greeting(StreamSocket& client) {
  client.send(hello());
  return client.read(3).bytes;
}

class Reload : public testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] RunningGateway::Options options() const { return {.certificates = {}, .workers = GetParam()}; }
  test::TestBackend old{greet("old")};
  test::TestBackend fresh{greet("new")};
};

TEST_P(Reload, ServesNewConnectionsByTheNewConfiguration) {
  RunningGateway gateway(route_to(old), options());
  const std::uint16_t port = gateway.port();
  ASSERT_TRUE(gateway.replace(route_to(fresh), options()));
  EXPECT_EQ(gateway.port(), port);
  // Every shard has it.
  for (int i = 0; i < 20; ++i) {
    StreamSocket client = gateway.connect();
    EXPECT_EQ(greeting(client), "new");
  }
}

TEST_P(Reload, LetsConnectionsLiveOnHoweverManyFollow) {
  RunningGateway gateway(route_to(old), options());
  StreamSocket client = gateway.connect();
  ASSERT_EQ(greeting(client), "old");
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(gateway.replace(route_to(i % 2 == 0 ? fresh : old), options()));
  ASSERT_TRUE(client.send("ping"));
  EXPECT_EQ(client.read(4).bytes, "ping");
  client.finish();
  EXPECT_EQ(client.read_to_end().end, StreamEnd::finished);
  EXPECT_EQ(gateway.next_record().backend, old.address());
}

TEST_P(Reload, ServesAHalfSentHelloByWhatItBeganUnder) {
  RunningGateway gateway(route_to(old), options());
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(std::string_view(hello()).substr(0, 100)));
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == 1; }));
  ASSERT_TRUE(gateway.replace(route_to(fresh), options()));
  ASSERT_TRUE(client.send(std::string_view(hello()).substr(100)));
  EXPECT_EQ(client.read(3).bytes, "old");
}

TEST_P(Reload, OpensAndClosesListeners) {
  const std::string named = "[[listen]]\nname = \"second\"\naddress = \"127.0.0.1:0\"\n";
  RunningGateway gateway(route_to(old), options());
  const std::uint16_t first = gateway.port();
  ASSERT_TRUE(gateway.replace(route_to(fresh, std::string(test::listen_table) + named), options()));
  EXPECT_EQ(gateway.port(), first);
  const std::uint16_t second = gateway.port(1);
  StreamSocket client = StreamSocket::connect(second);
  EXPECT_EQ(greeting(client), "new");
  client.reset();
  EXPECT_EQ(gateway.next_record().listener, "second");
  ASSERT_TRUE(gateway.replace(route_to(old), options()));
  EXPECT_TRUE(test::eventually([&] {
    try {
      static_cast<void>(StreamSocket::connect(second));
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  StreamSocket other = gateway.connect();
  EXPECT_EQ(greeting(other), "old");
}

TEST_P(Reload, ChangesNothingWhereAnAddressIsTaken) {
  const RunningGateway neighbour(route_to(old));
  RunningGateway gateway(route_to(old), options());
  const std::string taken =
      "[[listen]]\nname = \"taken\"\naddress = \"127.0.0.1:" + std::to_string(neighbour.port()) + "\"\n";
  const auto refused = gateway.replace(route_to(fresh, std::string(test::listen_table) + taken), options());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("Address already in use"), std::string::npos) << refused.error();
  StreamSocket client = gateway.connect();
  EXPECT_EQ(greeting(client), "old");
}

TEST_P(Reload, GivesListenersTheirNewNamesAndRules) {
  RunningGateway gateway(route_to(old, "[[listen]]\nname = \"before\"\naddress = \"127.0.0.1:0\"\n"), options());
  ASSERT_TRUE(gateway.replace("[[listen]]\nname = \"after\"\naddress = \"127.0.0.1:0\"\n[[route]]\nreject = true\n",
                              options()));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  EXPECT_EQ(client.read_to_end().bytes, test::fatal_alert(120));
  EXPECT_EQ(gateway.next_record().listener, "after");
}

TEST_P(Reload, FailsNobodyWhoConnectsMeanwhile) {
  RunningGateway gateway(route_to(old), options());
  std::atomic<bool> stop{false};
  std::atomic<int> served{0};
  std::atomic<int> failed{0};
  // A gateway is asked for its addresses by the thread that replaces what it serves.
  std::thread clients([&, port = gateway.port()] {
    while (!stop) {
      StreamSocket client = StreamSocket::connect(port);
      const std::string word = greeting(client);
      ++(word == "old" || word == "new" ? served : failed);
    }
  });
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(gateway.replace(route_to(i % 2 == 0 ? fresh : old), options()));
  const int before = served;
  EXPECT_TRUE(test::eventually([&] { return served > before + 10; }));
  stop = true;
  clients.join();
  EXPECT_EQ(failed, 0);
}

// Sessions begun before are resumed after, and tickets are sealed with keys that outlive a configuration.
TEST_P(Reload, KeepsSessions) {
  const auto inspect = [](std::string_view order) {
    return std::string(test::listen_table) + std::string(order) + std::string(test::certificate_table) +
           "[[route]]\ninspect = true\n";
  };
  RunningGateway gateway(inspect("order = \"server\"\n"), options());
  auto first_options = test::client_options(TLS1_3_VERSION, std::vector<std::string>{"http/1.1"});
  GatewayClient first(gateway, first_options);
  ASSERT_TRUE(first.tls.handshake());
  ASSERT_TRUE(first.tls.write("GET /json HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
  ASSERT_TRUE(first.tls.read(15).starts_with("HTTP/1.1 200 OK"));
  ASSERT_TRUE(first.tls.session());
  ASSERT_TRUE(gateway.replace(inspect("order = \"client\"\n"), options()));
  first_options.session = first.tls.session();
  GatewayClient second(gateway, first_options);
  ASSERT_TRUE(second.tls.handshake());
  EXPECT_TRUE(second.tls.resumed());
  // The first is still answered on its connection.
  ASSERT_TRUE(first.tls.write("GET /json HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
  EXPECT_FALSE(first.tls.read(100).empty());
}

TEST_P(Reload, ShowsTheNewCertificate) {
  const std::string config =
      std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\ninspect = true\n";
  RunningGateway gateway(config, options());
  const auto names = [&] {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, std::vector<std::string>{"h2"}));
    EXPECT_TRUE(client.tls.handshake());
    return client.tls.peer_names();
  };
  EXPECT_EQ(names(), std::vector<std::string>{"app.example.com"});
  RunningGateway::Options renewed = options();
  renewed.certificates = {test::make_test_certificate({.names = {"app.example.com", "new.example.com"}})};
  ASSERT_TRUE(gateway.replace(config, renewed));
  EXPECT_EQ(names(), (std::vector<std::string>{"app.example.com", "new.example.com"}));
}

INSTANTIATE_TEST_SUITE_P(Shards, Reload, testing::Values(1U, 3U));

}  // namespace

}  // namespace simplon
