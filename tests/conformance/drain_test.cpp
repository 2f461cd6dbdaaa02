// Draining: what is under way is finished, what is idle is ended, and nothing new begins.
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"

#include <future>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::GatewayClient;
using test::StreamEnd;
using test::StreamSocket;

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::nullopt));
  return made;
}

class Drain : public testing::Test {
 protected:
  static std::string configure(const std::string& time, const std::string& action) {
    return "[limits]\ndrain_timeout = \"" + time + "\"\n" + std::string(test::listen_table) +
           std::string(test::certificate_table) + "[[route]]\n" + action + "\n";
  }
  static StreamSocket served(const test::RunningGateway& gateway) {
    StreamSocket client = gateway.connect();
    EXPECT_TRUE(client.send(hello()));
    EXPECT_EQ(client.read(hello().size()).bytes, hello());
    return client;
  }
  test::TestBackend backend{test::echo};
  const std::string pass = "pass = \"" + backend.address() + '"';
};

TEST_F(Drain, TakesNoNewConnectionAndFinishesWhatRuns) {
  test::RunningGateway gateway(configure("20s", pass), {.certificates = {}, .workers = 2});
  StreamSocket client = served(gateway);
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  // Closed listeners refuse.
  EXPECT_TRUE(test::eventually([&] {
    try {
      static_cast<void>(gateway.connect());
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  const std::string more(300'000, 'm');
  std::string got;
  ASSERT_TRUE(client.send(more));
  EXPECT_EQ(client.read(more.size()).bytes, more);
  EXPECT_NE(stopped.wait_for(0s), std::future_status::ready);
  client.finish();
  EXPECT_EQ(client.read_to_end().end, StreamEnd::finished);
  EXPECT_EQ(stopped.wait_for(test::patience), std::future_status::ready);
  EXPECT_EQ(gateway.connections(), 0U);
}

TEST_F(Drain, EndsWhatIsLeftAtDrainTimeout) {
  test::RunningGateway gateway(configure("300ms", pass));
  StreamSocket idle = served(gateway);
  StreamSocket silent = gateway.connect();
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == 2; }));
  const auto start = std::chrono::steady_clock::now();
  gateway.stop();
  EXPECT_GE(std::chrono::steady_clock::now() - start, 299ms);
  EXPECT_NE(idle.read_to_end().end, StreamEnd::open);
  EXPECT_NE(silent.read_to_end().end, StreamEnd::open);
  EXPECT_EQ(name_of(gateway.next_record().reason), "drained");
  EXPECT_EQ(name_of(gateway.next_record().reason), "drained");
}

TEST_F(Drain, EndsAtOnceWithoutConnections) {
  test::RunningGateway gateway(configure("20s", pass), {.certificates = {}, .workers = 2});
  gateway.stop();
  gateway.stop();  // and may be told twice
}

// The limits of connections that are gone hold up nothing.
TEST_F(Drain, EndsAtOnceAfterTheLastConnection) {
  test::RunningGateway gateway(configure("20s", pass), {.certificates = {}, .workers = 2});
  {
    const StreamSocket client = served(gateway);
  }
  static_cast<void>(gateway.next_record());
  const auto start = std::chrono::steady_clock::now();
  gateway.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

// Connecting to a Unix socket ends without a wait: the loop must not lose count of what so ended.
TEST_F(Drain, EndsAfterManyRequestsToABackendOnAUnixSocket) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "app.sock").string();
  test::TestBackend app(
      [](StreamSocket& stream) {
        stream.read_some();
        stream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
      },
      path);
  test::RunningGateway gateway(configure("20s", "http = \"http://unix:" + path + "\""));
  {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, std::vector<std::string>{"http/1.1"}));
    ASSERT_TRUE(client.tls.handshake());
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(client.tls.write("GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
      EXPECT_EQ(gateway.next_request().status, 200U);
    }
  }
  const auto start = std::chrono::steady_clock::now();
  gateway.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(Drain, EndsAnIdleHttp1ConnectionAtOnce) {
  test::RunningGateway gateway(configure("20s", "inspect = true"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, std::vector<std::string>{"http/1.1"}));
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(client.tls.read(12).substr(0, 12), "HTTP/1.1 200");
  const auto start = std::chrono::steady_clock::now();
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  while (!client.tls.read(1).empty()) {
  }
  EXPECT_TRUE(client.tls.close_notify_received());
  client.socket.close();
  stopped.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(Drain, SaysGoawayToHttp2Clients) {
  test::RunningGateway gateway(configure("20s", "inspect = true"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, std::vector<std::string>{"h2"}));
  ASSERT_TRUE(client.tls.handshake());
  ASSERT_TRUE(client.tls.write(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33)));
  EXPECT_NE(client.tls.read(9), "");
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  std::string bytes;
  EXPECT_TRUE(test::eventually([&] {
    std::string more = client.tls.read(1, 10);
    bytes += more;
    return bytes.find("\7") != std::string::npos;  // the type of GOAWAY
  }));
  client.socket.close();
  EXPECT_EQ(stopped.wait_for(test::patience), std::future_status::ready);
}

}  // namespace

}  // namespace simplon
