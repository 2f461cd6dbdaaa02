// What clients and backends see of a request that is forwarded.
#include "support/round_trip.hpp"
#include "support/test_backend.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::ClosedPort;
using test::GatewayClient;
using test::StreamSocket;
using test::TestBackend;

using Names = std::vector<std::string>;

std::string config_for(const std::string& http, const std::string& more = {}) {
  return more + std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\nhttp = " + http +
         "\n";
}

std::string quoted(const std::string& address) { return "\"http://" + address + "\""; }

// Reads one request without content.
bool read_request(StreamSocket& stream, std::string& request) {
  request.clear();
  while (!request.contains("\r\n\r\n")) {
    const test::Received some = stream.read_some();
    request += some.bytes;
    if (some.end != test::StreamEnd::open) return false;
  }
  return true;
}

// Answers every request on a connection with `answer`.
TestBackend::Serve answering(std::string answer) {
  return [answer = std::move(answer)](StreamSocket& stream) {
    for (std::string request; read_request(stream, request);)
      stream.send(answer);
  };
}

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

struct Forwarding : testing::Test {
  // What comes for `request` until the stream ends, over http/1.1.
  static std::string ask(test::RunningGateway& gateway, const std::string& request) {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
    if (!client.tls.handshake() || !client.tls.write(request)) return "failed: " + client.tls.error();
    return client.tls.read(1'000'000);
  }
  static std::string get(std::string_view path = "/", std::string_view method = "GET") {
    return std::string(method) + " " + std::string(path) +
           " HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n";
  }
};

TEST_F(Forwarding, AnswersWithWhatTheBackendSays) {
  TestBackend backend(answering(hello));
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  const std::string answer = ask(gateway, get("/a?b=secret"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
  const record::Request request = gateway.next_request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.authority, "app.example.com");
  EXPECT_EQ(request.path, "/a") << "without the query";
  EXPECT_EQ(request.status, 200U);
  EXPECT_EQ(request.protocol, "http/1.1");
  EXPECT_EQ(request.backend_protocol, "http/1.1");
  EXPECT_EQ(request.bytes_out, 5U);
  EXPECT_EQ(request.reason, record::Reason::none);
}

TEST_F(Forwarding, KeepsConnectionsToTheBackend) {
  TestBackend backend(answering(hello));
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(ask(gateway, get()).ends_with("hello"));
  EXPECT_EQ(backend.dialled(), 1U);
}

TEST_F(Forwarding, TakesBackendsInTurnAndSetsDeadOnesAside) {
  const ClosedPort dead;
  TestBackend one(answering(hello));
  TestBackend two(answering(hello));
  test::RunningGateway gateway(
      config_for("[" + quoted(dead.address()) + ", " + quoted(one.address()) + ", " + quoted(two.address()) + "]"));
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(ask(gateway, get()).ends_with("hello"));
  EXPECT_EQ(one.dialled(), 1U);
  EXPECT_EQ(two.dialled(), 1U);
}

TEST_F(Forwarding, SaysBadGatewayAndNeverWhere) {  // RFC 9110 §15.6.3
  const ClosedPort dead;
  test::RunningGateway gateway(config_for(quoted(dead.address())));
  const std::string answer = ask(gateway, get());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ")) << answer;
  EXPECT_FALSE(answer.contains(dead.address())) << answer;
  const record::Request request = gateway.next_request();
  EXPECT_EQ(request.reason, record::Reason::backend_unreachable);
  EXPECT_EQ(request.backend, "http://" + dead.address());
  EXPECT_EQ(request.error, "Connection refused");
}

TEST_F(Forwarding, SaysGatewayTimeoutWhereTheBackendIsSilent) {  // RFC 9110 §15.6.5
  TestBackend backend([](StreamSocket& stream) { stream.read_to_end(); });
  test::RunningGateway gateway(config_for(quoted(backend.address()), "[limits]\nresponse_timeout = \"100ms\"\n"));
  EXPECT_TRUE(ask(gateway, get()).starts_with("HTTP/1.1 504 "));
  EXPECT_EQ(gateway.next_request().reason, record::Reason::backend_timeout);
}

TEST_F(Forwarding, SaysBadGatewayForWhatIsNoResponse) {
  TestBackend backend(answering("SSH-2.0-x\r\n\r\n"));
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  EXPECT_TRUE(ask(gateway, get()).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(gateway.next_request().reason, record::Reason::bad_response);
}

TEST_F(Forwarding, AsksOnceMoreWhereThatDoesNoHarm) {  // RFC 9110 §9.2.2
  std::atomic<int> asked = 0;
  TestBackend backend([&](StreamSocket& stream) {
    for (std::string request; read_request(stream, request);) {
      if (++asked == 1) return;  // closes without a response
      stream.send(hello);
    }
  });
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  EXPECT_TRUE(ask(gateway, get()).ends_with("hello"));
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(gateway.next_request().reason, record::Reason::none);
}

TEST_F(Forwarding, AsksOnlyOnceWhereItMightDoHarm) {
  std::atomic<int> asked = 0;
  TestBackend backend([&](StreamSocket& stream) {
    std::string request;
    if (read_request(stream, request)) ++asked;
  });
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  EXPECT_TRUE(ask(gateway, get("/", "POST")).starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(gateway.next_request().reason, record::Reason::backend_reset);
}

TEST_F(Forwarding, CutsAResponseThatTheBackendCut) {  // RFC 9112 §8
  TestBackend backend([](StreamSocket& stream) {
    std::string request;
    read_request(stream, request);
    stream.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
  ASSERT_TRUE(client.tls.handshake() && client.tls.write(get()));
  client.tls.read(1'000'000);
  EXPECT_FALSE(client.tls.close_notify_received()) << "the end must not look like one";
  EXPECT_EQ(gateway.next_request().reason, record::Reason::backend_reset);
}

TEST_F(Forwarding, GivesUpABackendThatAClientNoLongerWaitsFor) {
  std::atomic<bool> ended = false;
  TestBackend backend([&](StreamSocket& stream) {
    std::string request;
    read_request(stream, request);
    stream.read_to_end();
    ended = true;
  });
  test::RunningGateway gateway(config_for(quoted(backend.address())));
  {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
    ASSERT_TRUE(client.tls.handshake() && client.tls.write(get()));
    ASSERT_TRUE(test::eventually([&] { return backend.dialled() == 1; }));
    client.tls.shutdown();
  }
  EXPECT_TRUE(test::eventually([&] { return ended.load(); }));
  EXPECT_EQ(gateway.next_request().reason, record::Reason::client_closed);
}

TEST_F(Forwarding, MisdirectsNoRequest) {  // RFC 9110 §15.5.20
  TestBackend backend(answering(hello));
  test::RunningGateway gateway(
      std::string(test::listen_table) + std::string(test::certificate_table) +
      "[[route]]\nsni = \"other.example.com\"\ninspect = true\n[[route]]\nhttp = " + quoted(backend.address()) + "\n");
  const std::string answer = ask(gateway, "GET / HTTP/1.1\r\nHost: other.example.com\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 421 ")) << answer;
  EXPECT_EQ(gateway.next_request().reason, record::Reason::misdirected);
  EXPECT_TRUE(ask(gateway, get()).ends_with("hello"));
}

TEST_F(Forwarding, EndsARequestThatDripsIn) {
  TestBackend backend(answering(hello));
  test::RunningGateway gateway(config_for(quoted(backend.address()), "[limits]\nrequest_timeout = \"100ms\"\n"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("GET / HT"));
  client.tls.read(1);
  EXPECT_EQ(gateway.next_record().reason, record::Reason::request_timeout);
}

TEST_F(Forwarding, FinishesWhatIsUnderWayWhenItStops) {
  std::atomic<bool> answer = false;
  TestBackend backend([&](StreamSocket& stream) {
    std::string request;
    if (!read_request(stream, request)) return;
    test::eventually([&] { return answer.load(); });
    stream.send(hello);
  });
  test::RunningGateway gateway(config_for(quoted(backend.address()), "[limits]\ndrain_timeout = \"20s\"\n"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
  ASSERT_TRUE(client.tls.handshake());
  ASSERT_TRUE(client.tls.write("GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
  ASSERT_TRUE(test::eventually([&] { return backend.dialled() == 1; }));
  std::thread stopper([&] { gateway.stop(); });
  answer = true;
  const std::string response = client.tls.read(1'000'000);
  stopper.join();
  EXPECT_TRUE(response.ends_with("hello")) << response << client.tls.error();
  EXPECT_TRUE(client.tls.close_notify_received());
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "") << record.error;
}

TEST(Redirecting, SendsPlainHttpToHttps) {  // RFC 9110 §15.4.2
  test::RunningGateway gateway(
      "[[listen]]\nname = \"plain\"\naddress = \"127.0.0.1:0\"\nredirect = true\n[[listen]]\nname = \"tls\"\naddress = "
      "\"127.0.0.1:0\"\n" +
      std::string(test::certificate_table) + "[[route]]\ninspect = true\n");
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send("GET /a?b HTTP/1.1\r\nHost: example.com:80\r\nConnection: close\r\n\r\n"));
  const std::string answer = client.read_to_end().bytes;
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 301 ")) << answer;
  EXPECT_TRUE(answer.contains("\r\nlocation: https://example.com/a?b\r\n")) << answer;
}

}  // namespace

}  // namespace simplon
