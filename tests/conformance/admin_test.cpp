// The admin server beside a gateway at work: what it answers, and that its numbers are exact.
#include "support/admin_client.hpp"
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"

#include <cstring>
#include <filesystem>
#include <future>
#include <list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::admin_table;
using test::ask;
using test::connect_to_admin;
using test::GatewayClient;
using test::get;
using test::StreamEnd;
using test::StreamSocket;
using test::value_of;
using testing::HasSubstr;
using testing::StartsWith;

using Names = std::vector<std::string>;

struct AdminServer : testing::Test {
  static std::string configure(const std::string& routes, const std::string& more = {}) {
    return more + std::string(admin_table) + "[[listen]]\nname = \"public\"\naddress = \"127.0.0.1:0\"\n" +
           std::string(test::certificate_table) + routes;
  }
  test::TestBackend backend{test::echo};
  const std::string pass = "[[route]]\npass = \"" + backend.address() + "\"\n";
};

TEST_F(AdminServer, AnswersPlainHttp) {
  const test::RunningGateway gateway(configure(pass));
  EXPECT_THAT(get(gateway, "/"), HasSubstr("/metrics"));
  EXPECT_THAT(get(gateway, "/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get(gateway, "/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(get(gateway, "/metrics"), HasSubstr("\r\ncontent-type: text/plain; version=0.0.4"));
  EXPECT_THAT(get(gateway, "/nothing"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask(connect_to_admin(gateway), test::admin_request("/metrics", "DELETE")), StartsWith("HTTP/1.1 405 "));
  const std::string head = ask(connect_to_admin(gateway), test::admin_request("/metrics", "HEAD"));
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_THAT(ask(connect_to_admin(gateway), "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(gateway.records_waiting(), 0U);  // none of these was a connection of the gateway's
}

TEST_F(AdminServer, KeepsAConnectionForOneRequestAfterTheOther) {
  const test::RunningGateway gateway(configure(pass));
  StreamSocket admin = connect_to_admin(gateway);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(admin.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    std::string answer;
    while (!answer.contains("\r\n\r\nok\n"))
      answer += admin.read_some().bytes;
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(AdminServer, CountsConnectionsExactly) {
  test::RunningGateway gateway(configure("[[route]]\nalpn = \"pass-me\"\n" + pass.substr(10) +
                                         "[[route]]\nalpn = \"h2\"\ntcp = \"" + backend.address() + "\"\n"),
                               {.certificates = {}, .workers = 2});
  const std::string hello = test::in_records(test::hello_for("app.example.com", Names{"pass-me", "pass-me", "mine"}));
  for (int i = 0; i < 3; ++i) {
    StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(hello));
    client.finish();
    EXPECT_EQ(client.read_to_end().bytes, hello);
    static_cast<void>(gateway.next_record());
  }
  {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2"}));
    ASSERT_TRUE(client.tls.handshake() && client.tls.write("ping"));
    EXPECT_EQ(client.tls.read(4), "ping");
    const std::string now = get(gateway, "/metrics");  // what is under way is counted, too
    EXPECT_EQ(value_of(now, "simplon_active_connections{listener=\"public\"}"), 1);
    EXPECT_EQ(value_of(now, "simplon_negotiated_total{alpn=\"h2\",tls=\"1.3\"}"), 1);
    EXPECT_EQ(value_of(now, "simplon_bytes_total{direction=\"in\"}"), static_cast<double>(3 * hello.size() + 4));
    client.tls.shutdown();
  }
  static_cast<void>(gateway.next_record());
  for (const auto& names : {std::optional(Names{"private/1", "private/2"}), std::optional<Names>()}) {
    {
      GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, names));
      EXPECT_FALSE(client.tls.handshake());
    }
    static_cast<void>(gateway.next_record());
  }

  const std::string answer = get(gateway, "/metrics");
  const auto expect = [&](const std::string& series, double value) {
    EXPECT_EQ(value_of(answer, series), value) << series << "\n" << answer;
  };
  expect("simplon_connections_total{listener=\"public\",verdict=\"passed\"}", 3);
  expect("simplon_connections_total{listener=\"public\",verdict=\"terminated\"}", 1);
  expect("simplon_connections_total{listener=\"public\",verdict=\"rejected\"}", 2);
  expect("simplon_connections_total{listener=\"public\",verdict=\"failed\"}", 0);
  expect("simplon_active_connections{listener=\"public\"}", 0);
  expect("simplon_offered_total{alpn=\"pass-me\"}", 3);
  expect("simplon_offered_total{alpn=\"h2\"}", 1);
  expect("simplon_offered_total{alpn=\"other\"}", 4);
  expect("simplon_offered_total{alpn=\"\"}", 1);
  expect("simplon_rejects_total{reason=\"no_common_protocol\"}", 1);
  expect("simplon_rejects_total{reason=\"no_alpn_offered\"}", 1);
  expect("simplon_hello_seconds_count", 6);
  expect("simplon_handshake_seconds_count", 1);
  expect("simplon_bytes_total{direction=\"in\"}", static_cast<double>(3 * hello.size() + 4));
  expect("simplon_bytes_total{direction=\"out\"}", static_cast<double>(3 * hello.size() + 4));
  expect("simplon_backend_errors_total{backend=\"" + backend.address() + "\"}", 0);
  EXPECT_GT(value_of(answer, "simplon_certificate_not_after_timestamp_seconds{name=\"app.example.com\"}"), 1.7e9);
  EXPECT_EQ(answer.find("private"), std::string::npos);
}

TEST_F(AdminServer, CountsWhatReportLetThrough) {
  test::RunningGateway gateway(std::string(admin_table) +
                               "[[listen]]\nname = \"public\"\naddress = \"127.0.0.1:0\"\nmismatch = \"report\"\n" +
                               "[[route]]\nalpn = [\"h2\", \"none\"]\n" + pass.substr(10));
  const std::string hello = test::in_records(test::hello_for("app.example.com", Names{"a", "b", "http/1.1"}));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello));
  client.finish();
  EXPECT_EQ(client.read_to_end().bytes, hello);
  static_cast<void>(gateway.next_record());
  const std::string answer = get(gateway, "/metrics");
  EXPECT_EQ(value_of(answer, "simplon_would_reject_total{listener=\"public\",alpn=\"other\"}"), 1);
  EXPECT_EQ(value_of(answer, "simplon_would_reject_total{listener=\"public\",alpn=\"http/1.1\"}"), 1);
}

TEST_F(AdminServer, CountsRequestsByProtocolAndStatusClass) {
  test::TestBackend web([](StreamSocket& stream) {
    std::string request;
    while (!request.contains("\r\n\r\n")) {
      const test::Received some = stream.read_some();
      request += some.bytes;
      if (some.end != StreamEnd::open) return;
    }
    if (request.starts_with("GET /broken ")) return stream.send("no HTTP\r\n\r\n"), void();
    stream.send(request.starts_with("GET /missing ") ? "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"
                                                     : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  });
  test::RunningGateway gateway(configure("[[route]]\nhttp = \"http://" + web.address() + "\"\n"));
  const auto ask_gateway = [&](const std::string& request) {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"http/1.1"}));
    EXPECT_TRUE(client.tls.handshake() && client.tls.write(request));
    client.tls.read(100'000);
    static_cast<void>(gateway.next_request());
  };
  const std::string rest = " HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n";
  ask_gateway("GET /" + rest);
  ask_gateway("GET /" + rest);
  ask_gateway("GET /missing" + rest);
  ask_gateway("GET /broken" + rest);
  ask_gateway("GET / HTTP/1.1\r\nHost: other.example\r\nHost: app.example.com\r\n\r\n");

  const std::string answer = get(gateway, "/metrics");
  const auto expect = [&](const std::string& series, double value) {
    EXPECT_EQ(value_of(answer, series), value) << series << "\n" << answer;
  };
  expect("simplon_requests_total{protocol=\"http/1.1\",status=\"2xx\"}", 2);
  expect("simplon_requests_total{protocol=\"http/1.1\",status=\"4xx\"}", 2);
  expect("simplon_requests_total{protocol=\"http/1.1\",status=\"5xx\"}", 1);
  expect("simplon_requests_total{protocol=\"h2\",status=\"2xx\"}", 0);
  expect("simplon_request_seconds_count{protocol=\"http/1.1\"}", 5);
  expect("simplon_http_refused_total{reason=\"bad_request\"}", 1);
  expect("simplon_backend_errors_total{backend=\"http://" + web.address() + "\"}", 1);
}

TEST_F(AdminServer, CountsBackendsThatCannotBeReached) {
  const test::ClosedPort closed;
  test::RunningGateway gateway(
      configure("[[route]]\npass = [\"" + closed.address() + "\", \"" + backend.address() + "\"]\n"));
  StreamSocket client = gateway.connect();
  const std::string hello = test::in_records(test::hello_for("app.example.com", std::nullopt));
  ASSERT_TRUE(client.send(hello));
  client.finish();
  EXPECT_EQ(client.read_to_end().bytes, hello);
  const std::string answer = get(gateway, "/metrics");
  EXPECT_EQ(value_of(answer, "simplon_backend_errors_total{backend=\"" + closed.address() + "\"}"), 1);
  EXPECT_EQ(value_of(answer, "simplon_backend_errors_total{backend=\"" + backend.address() + "\"}"), 0);
}

TEST_F(AdminServer, SaysThatItDrainsAsLongAsItDoes) {
  test::RunningGateway gateway(configure(pass, "[limits]\ndrain_timeout = \"20s\"\n"));
  StreamSocket client = gateway.connect();
  const std::string hello = test::in_records(test::hello_for("app.example.com", std::nullopt));
  ASSERT_TRUE(client.send(hello));
  EXPECT_EQ(client.read(hello.size()).bytes, hello);
  const std::string address = gateway.admin_address();
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  EXPECT_TRUE(test::eventually(
      [&] { return ask(StreamSocket::connect(port), test::admin_request("/readyz")).starts_with("HTTP/1.1 503 "); }));
  EXPECT_THAT(ask(StreamSocket::connect(port), test::admin_request("/healthz")), StartsWith("HTTP/1.1 200 "));
  const std::string answer = ask(StreamSocket::connect(port), test::admin_request("/metrics"));
  EXPECT_EQ(value_of(answer, "simplon_active_connections{listener=\"public\"}"), 1);
  client.close();
  EXPECT_EQ(stopped.wait_for(test::patience), std::future_status::ready);
  EXPECT_THROW(static_cast<void>(StreamSocket::connect(port)), std::system_error);
}

TEST_F(AdminServer, GivesSlowClientsUpAndServesOthersMeanwhile) {
  const test::RunningGateway gateway(
      configure(pass, "[limits]\nrequest_timeout = \"300ms\"\nidle_timeout = \"400ms\"\n"));
  StreamSocket silent = connect_to_admin(gateway);
  StreamSocket half = connect_to_admin(gateway);
  ASSERT_TRUE(half.send("GET /metrics HTTP/1.1\r\nHo"));
  EXPECT_THAT(get(gateway, "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_NE(half.read_to_end().end, StreamEnd::open);
  EXPECT_NE(silent.read_to_end().end, StreamEnd::open);
}

TEST_F(AdminServer, TurnsAwayMoreThanItsLimitOfClients) {
  const test::RunningGateway gateway(configure(pass));
  std::list<StreamSocket> clients;
  for (int i = 0; i < 64; ++i)
    clients.push_back(connect_to_admin(gateway));
  StreamSocket one_more = connect_to_admin(gateway);
  EXPECT_NE(one_more.read_to_end().end, StreamEnd::open);
  // The gateway's own clients know nothing of it.
  StreamSocket client = gateway.connect();
  const std::string hello = test::in_records(test::hello_for("app.example.com", std::nullopt));
  ASSERT_TRUE(client.send(hello));
  EXPECT_EQ(client.read(hello.size()).bytes, hello);
  clients.pop_front();
  EXPECT_TRUE(test::eventually([&] {
    StreamSocket next = connect_to_admin(gateway);
    next.send(test::admin_request("/healthz"));
    return next.read_to_end().bytes.starts_with("HTTP/1.1 200 ");
  }));
}

std::optional<StreamSocket> connect_to_socket(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  StreamSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.descriptor(), generic, sizeof address) != 0) return std::nullopt;
  return socket;
}

TEST_F(AdminServer, ListensOnAUnixSocketAndLeavesNoneBehind) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "admin.sock").string();
  const std::string config = "[admin]\naddress = \"unix:" + path + "\"\n" + std::string(test::listen_table) + pass;
  {
    // What a process that was killed leaves: a socket that nobody listens on.
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    const StreamSocket dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(dead.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  {
    const test::RunningGateway gateway(config);
    EXPECT_EQ(gateway.admin_address(), "unix:" + path);
    auto client = connect_to_socket(path);
    ASSERT_TRUE(client);
    EXPECT_THAT(ask(std::move(*client), test::admin_request("/healthz")), StartsWith("HTTP/1.1 200 "));
    // One that is in use is not taken away.
    EXPECT_THROW(test::RunningGateway second(config), std::runtime_error);
    EXPECT_TRUE(connect_to_socket(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

// For ThreadSanitizer: scrapes while two shards count.
TEST_F(AdminServer, MayBeAskedWhileShardsCount) {
  const test::RunningGateway gateway(configure(pass), {.certificates = {}, .workers = 2});
  const std::string hello = test::in_records(test::hello_for("app.example.com", Names{"h2"}));
  std::atomic<bool> done = false;
  auto clients = std::async(std::launch::async, [&] {
    for (int i = 0; i < 100; ++i) {
      StreamSocket client = gateway.connect();
      if (client.send(hello)) client.read(hello.size());
    }
    done = true;
  });
  double before = 0;
  while (!done) {
    const double now = value_of(get(gateway, "/metrics"), "simplon_offered_total{alpn=\"h2\"}").value_or(0);
    EXPECT_GE(now, before);
    before = now;
  }
  clients.wait();
  EXPECT_EQ(value_of(get(gateway, "/metrics"), "simplon_offered_total{alpn=\"h2\"}"), 100);
}

}  // namespace

}  // namespace simplon
