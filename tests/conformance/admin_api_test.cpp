// What the admin server tells of connections while they live, to whom, and its stream of events.
#include "support/admin_client.hpp"
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <list>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon {

namespace {

using nlohmann::json;
using test::ask;
using test::connect_to_admin;
using test::GatewayClient;
using test::get;
using test::StreamEnd;
using test::StreamSocket;
using testing::HasSubstr;
using testing::StartsWith;

using Names = std::vector<std::string>;

json read_json(const test::RunningGateway& gateway, std::string_view path) {
  const std::string answer = get(gateway, path);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

struct AdminApi : testing::Test {
  [[nodiscard]] std::string configure(const std::string& more = {}, const std::string& admin = {}) const {
    return more + std::string(test::admin_table) + admin +
           "[[listen]]\nname = \"public\"\naddress = \"127.0.0.1:0\"\n" + std::string(test::certificate_table) +
           "[[route]]\nalpn = \"pass-me\"\npass = \"" + backend.address() + "\"\n[[route]]\nalpn = \"h2\"\ntcp = \"" +
           backend.address() + "\"\n";
  }
  // One that is with the backend.
  [[nodiscard]] static StreamSocket open_passed(const test::RunningGateway& gateway) {
    StreamSocket client = gateway.connect();
    const std::string hello = test::in_records(test::hello_for("app.example.com", Names{"pass-me", "<b>\n"}));
    EXPECT_TRUE(client.send(hello));
    EXPECT_EQ(client.read(hello.size()).bytes, hello);
    return client;
  }
  test::TestBackend backend{test::echo};
};

TEST_F(AdminApi, ListsConnectionsInEveryPhase) {
  const test::RunningGateway gateway(configure(), {.certificates = {}, .workers = 2});
  EXPECT_EQ(read_json(gateway, "/api/connections")["connections"], json::array());
  const StreamSocket passed = open_passed(gateway);
  GatewayClient terminated(gateway, test::client_options(TLS1_3_VERSION, Names{"h2", "http/1.1"}));
  ASSERT_TRUE(terminated.tls.handshake() && terminated.tls.write("ping"));
  EXPECT_EQ(terminated.tls.read(4), "ping");
  const StreamSocket silent = gateway.connect();
  ASSERT_TRUE(test::eventually([&] { return gateway.connections() == 3; }));

  const json answer = read_json(gateway, "/api/connections");
  EXPECT_EQ(answer["complete"], true);
  EXPECT_EQ(answer["next"], nullptr);
  const json& list = answer["connections"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0]["phase"], "hello");
  EXPECT_EQ(list[0]["listener"], "public");
  EXPECT_THAT(list[0]["client"].get<std::string>(), StartsWith("127.0.0.1:"));
  EXPECT_EQ(list[0]["offered"], nullptr);
  EXPECT_EQ(list[0]["route"], nullptr);

  EXPECT_EQ(list[1]["phase"], "open");
  EXPECT_EQ(list[1]["sni"], "app.example.com");
  EXPECT_EQ(list[1]["offered"], json::array({"h2", "http/1.1"}));
  EXPECT_EQ(list[1]["selected"], "h2");
  EXPECT_EQ(list[1]["route"], 2);
  EXPECT_EQ(list[1]["action"], "tcp");
  EXPECT_EQ(list[1]["tls"], "1.3");
  EXPECT_EQ(list[1]["backend"], backend.address());
  EXPECT_EQ(list[1]["bytes_in"], 4);
  EXPECT_EQ(list[1]["bytes_out"], 4);

  EXPECT_EQ(list[2]["phase"], "open");
  EXPECT_EQ(list[2]["offered"], json::array({"pass-me", "<b>%0A"}));
  EXPECT_EQ(list[2]["selected"], nullptr);
  EXPECT_EQ(list[2]["route"], 1);
  EXPECT_GE(list[2]["age_ms"], list[1]["age_ms"]);
  EXPECT_GT(list[1]["id"], list[2]["id"]);
}

TEST_F(AdminApi, ListsConnectionsPageByPage) {
  const test::RunningGateway gateway(configure(), {.certificates = {}, .workers = 2});
  std::list<StreamSocket> clients;
  for (int i = 0; i < 5; ++i)
    clients.push_back(open_passed(gateway));
  std::vector<std::uint64_t> seen;
  std::string path = "/api/connections?limit=2";
  for (std::size_t page = 0; page < 3; ++page) {
    const json answer = read_json(gateway, path);
    EXPECT_EQ(answer["connections"].size(), page < 2 ? 2U : 1U);
    for (const json& each : answer["connections"])
      seen.push_back(each["id"]);
    EXPECT_EQ(answer["next"].is_null(), page == 2);
    if (page < 2) path = "/api/connections?limit=2&before=" + answer["next"].dump();
    // Who comes meanwhile moves nobody.
    clients.push_back(open_passed(gateway));
  }
  EXPECT_TRUE(std::ranges::is_sorted(seen, std::greater{}));
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 5U);
  EXPECT_THAT(get(gateway, "/api/connections?limit=1001"), StartsWith("HTTP/1.1 400 "));
  const std::string head = ask(connect_to_admin(gateway), test::admin_request("/api/connections", "HEAD"));
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(AdminApi, ListsConnectionsWhileDraining) {
  test::RunningGateway gateway(configure("[limits]\ndrain_timeout = \"20s\"\n"), {.certificates = {}, .workers = 2});
  StreamSocket client = open_passed(gateway);
  const std::string address = gateway.admin_address();
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  // The worker without a connection has ended, and is not waited for.
  EXPECT_TRUE(test::eventually([&] {
    const std::string answer = ask(StreamSocket::connect(port), test::admin_request("/api/connections"));
    return answer.contains("\"sni\":\"app.example.com\"") && answer.contains("\"complete\":true") &&
           ask(StreamSocket::connect(port), test::admin_request("/api/status")).contains("\"draining\":true");
  }));
  client.close();
  EXPECT_EQ(stopped.wait_for(test::patience), std::future_status::ready);
}

TEST_F(AdminApi, TellsOfRoutesAndCertificates) {
  constexpr long half_a_day = 12L * 60 * 60;
  const auto certificate =
      test::make_test_certificate({.names = {"app.example.com"}, .expires_in_seconds = 7 * half_a_day});
  const test::RunningGateway gateway(configure(), {.certificates = {certificate}});
  const json routes = read_json(gateway, "/api/routes")["routes"];
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[1]["action"], "tcp");
  EXPECT_EQ(routes[1]["backends"][0]["address"], backend.address());
  const json status = read_json(gateway, "/api/status");
  EXPECT_EQ(status["listeners"][0]["address"], "127.0.0.1:" + std::to_string(gateway.port()));
  EXPECT_EQ(status["certificates"][0]["name"], "app.example.com");
  EXPECT_EQ(status["certificates"][0]["days_left"], 3);
}

TEST_F(AdminApi, SetsABackendAsideThatCannotBeReached) {
  const std::string nobody = "unix:/nonexistent/simplon.sock";
  const test::RunningGateway gateway(std::string(test::admin_table) + std::string(test::listen_table) +
                                     "[[route]]\npass = \"" + nobody + "\"\n");
  EXPECT_EQ(read_json(gateway, "/api/routes")["routes"][0]["backends"][0]["health"], "up");
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(test::in_records(test::hello_for("app.example.com", std::nullopt))));
  client.read_to_end();
  const json backend_now = read_json(gateway, "/api/routes")["routes"][0]["backends"][0];
  EXPECT_EQ(backend_now["address"], nobody);
  EXPECT_EQ(backend_now["health"], "set aside");
  EXPECT_EQ(backend_now["errors"], 1);
}

// Reads a stream of events to the next whole one.
class Events {
 public:
  explicit Events(StreamSocket stream) : stream_(std::move(stream)) {
    EXPECT_TRUE(stream_.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }

  [[nodiscard]] const std::string& head() {
    while (!read_.contains("\r\n\r\n") && more()) {
    }
    return read_;
  }
  [[nodiscard]] json next() {
    constexpr std::string_view begin = "event: sample\ndata: ";
    std::size_t end = std::string::npos;
    while ((end = read_.find("\n\n", from_)) == std::string::npos && more()) {
    }
    const std::size_t at = read_.find(begin, from_);
    if (end == std::string::npos || at == std::string::npos) return {};
    from_ = end + 2;
    return json::parse(read_.substr(at + begin.size(), end - at - begin.size()));
  }
  [[nodiscard]] StreamEnd end() {
    while (more()) {
    }
    return end_;
  }

 private:
  bool more() {
    const test::Received some = stream_.read_some();
    read_ += some.bytes;
    end_ = some.end;
    return some.end == StreamEnd::open && !some.bytes.empty();
  }

  StreamSocket stream_;
  std::string read_;
  std::size_t from_ = 0;
  StreamEnd end_ = StreamEnd::open;
};

TEST_F(AdminApi, SendsASampleEachSecond) {
  // A client that takes what there is may stay for longer than a request may take, and be silent.
  const test::RunningGateway gateway(configure("[limits]\nrequest_timeout = \"300ms\"\nidle_timeout = \"300ms\"\n"));
  Events events(connect_to_admin(gateway));
  EXPECT_THAT(events.head(), HasSubstr("\r\ncontent-type: text/event-stream\r\n"));
  const json first = events.next();
  EXPECT_EQ(first["active"], (json{{"public", 0}}));
  EXPECT_EQ(first["offered"], json::object());
  {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2", "mine"}));
    ASSERT_TRUE(client.tls.handshake() && client.tls.write("ping"));
    EXPECT_EQ(client.tls.read(4), "ping");
    const json second = events.next();
    EXPECT_GT(second["ts"], first["ts"]);
    EXPECT_EQ(second["offered"], (json{{"h2", 1}, {"other", 1}}));
    EXPECT_EQ(second["negotiated"], (json{{"h2", 1}}));
    EXPECT_EQ(second["bytes_in"], 4);
  }
  EXPECT_GT(events.next()["ts"], first["ts"]);
}

TEST_F(AdminApi, SendsEventsUntilTheEnd) {
  test::RunningGateway gateway(configure("[limits]\ndrain_timeout = \"20s\"\n"));
  StreamSocket client = open_passed(gateway);
  Events events(connect_to_admin(gateway));
  EXPECT_EQ(events.next()["draining"], false);
  auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
  EXPECT_TRUE(test::eventually([&] { return events.next()["draining"] == true; }));
  client.close();
  EXPECT_NE(events.end(), StreamEnd::open);
  EXPECT_EQ(stopped.wait_for(test::patience), std::future_status::ready);
}

TEST_F(AdminApi, SendsEventsToSoManyAndLeavesRoomForOthers) {
  const test::RunningGateway gateway(configure());
  std::list<Events> listeners;
  for (int i = 0; i < 32; ++i) {
    EXPECT_THAT(listeners.emplace_back(connect_to_admin(gateway)).head(), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_THAT(get(gateway, "/api/events"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(get(gateway, "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(connect_to_admin(gateway), test::admin_request("/api/events", "HEAD")), StartsWith("HTTP/1.1 200 "));
  listeners.pop_front();
  EXPECT_TRUE(test::eventually([&] {
    listeners.emplace_back(connect_to_admin(gateway));
    return listeners.back().head().starts_with("HTTP/1.1 200 ");
  }));
}

TEST_F(AdminApi, AsksForTheTokenOfItsFile) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "token";
  std::ofstream(path) << "sixteen-letters.sixteen\n";
  const std::string config = configure({}, "token_file = \"" + path.string() + "\"\n");
  std::filesystem::permissions(path, std::filesystem::perms(0644));
  try {
    const test::RunningGateway gateway(config);
    FAIL() << "a token that others may read";
  } catch (const std::runtime_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("/test/simplon.toml:6:14: `token_file`: " + path.string()));
    EXPECT_THAT(failure.what(), HasSubstr("chmod 640"));
  }
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  const test::RunningGateway gateway(config);
  for (const std::string_view each : {"/metrics", "/api/connections", "/api/events", "/nothing"}) {
    EXPECT_THAT(get(gateway, each), StartsWith("HTTP/1.1 401 ")) << each;
    const std::string wrong = test::admin_request(each, "GET", "Authorization: Bearer sixteen-letters.\r\n");
    EXPECT_THAT(ask(connect_to_admin(gateway), wrong), StartsWith("HTTP/1.1 401 ")) << each;
  }
  for (const std::string_view each : {"/", "/healthz", "/readyz"})
    EXPECT_THAT(get(gateway, each), StartsWith("HTTP/1.1 200 ")) << each;
  for (const std::string_view each : {"/metrics", "/api/connections", "/api/routes"}) {
    const std::string right = test::admin_request(each, "GET", "Authorization: Bearer sixteen-letters.sixteen\r\n");
    EXPECT_THAT(ask(connect_to_admin(gateway), right), StartsWith("HTTP/1.1 200 ")) << each;
  }
}

}  // namespace

}  // namespace simplon
