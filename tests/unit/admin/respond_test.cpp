// What the admin server answers, and whom.
#include "admin/respond.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon::admin {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view configuration = R"(
[[listen]]
name = "public"
address = "127.0.0.1:1"
[[listen]]
name = "inside"
address = "127.0.0.1:2"
mismatch = "ignore"
[[route]]
sni = ["a.example", "*.b.example"]
alpn = { only = ["h2", "%00%20x"] }
listen = "public"
min_tls = "1.3"
send_proxy = "v2"
pass = ["127.0.0.1:3", "unix:/run/app"]
[[route]]
alpn = ["h2", "none"]
pass = "127.0.0.1:3"
)";

struct AdminRespond : testing::Test {
  AdminRespond() {
    auto config = config::load_text(configuration, "/test/simplon.toml");
    snapshot = *serve::Snapshot::make(std::make_shared<const config::Config>(std::move(config.value())), {}, {});
    counters = std::make_shared<record::Counters>(snapshot->labels());
    watched.count = [this] { return Counted{snapshot, counters, reloads}; };
    watched.draining = [this] { return draining; };
    watched.workers = 2;
    watched.addresses = [] { return std::vector<std::string>{"127.0.0.1:4711", "127.0.0.1:2"}; };
  }
  [[nodiscard]] static serve::http::Request request_for(std::string method, std::string path) {
    serve::http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.authority = "localhost:9901";
    return request;
  }
  [[nodiscard]] Answer ask(std::string path) const { return respond(watched, request_for("GET", std::move(path))); }
  [[nodiscard]] unsigned ask(std::string method, std::string path,
                             std::optional<std::string> authority = "localhost:9901") const {
    auto request = request_for(std::move(method), std::move(path));
    request.authority = std::move(authority);
    const Answer made = respond(watched, request);
    const auto* const response = std::get_if<serve::http::Response>(&made);
    return response != nullptr ? response->status : 0;
  }
  [[nodiscard]] json read(const std::string& path) const {
    const auto response = std::get<serve::http::Response>(ask(path));
    EXPECT_EQ(response.fields.find("content-type"), "application/json");
    return json::parse(*response.body);
  }

  bool draining = false;
  Watched watched;
  std::shared_ptr<const serve::Snapshot> snapshot;
  std::shared_ptr<record::Counters> counters;
  record::Reloads reloads;
};

TEST_F(AdminRespond, HasThesePaths) {
  for (const std::string path : {"/", "/dashboard.js", "/dashboard.css", "/metrics", "/healthz", "/readyz",
                                 "/metrics?name=value", "/api/status", "/api/reload", "/api/routes"}) {
    EXPECT_EQ(ask("GET", path), 200U) << path;
    EXPECT_EQ(ask("HEAD", path), 200U) << path;
    EXPECT_EQ(ask("POST", path), 405U) << path;
    EXPECT_EQ(ask("get", path), 405U) << path;
  }
  for (const std::string path : {"/metric", "/metrics/", "//metrics", "/api", "/api/", "*", "/..%2fmetrics", ""})
    EXPECT_EQ(ask("GET", path), 404U) << path;
}

TEST_F(AdminRespond, IsNotReadyWhileDraining) {
  draining = true;
  EXPECT_EQ(ask("GET", "/readyz"), 503U);
  EXPECT_EQ(ask("GET", "/healthz"), 200U);
  EXPECT_EQ(ask("GET", "/metrics"), 200U);
  EXPECT_EQ(read("/api/status")["draining"], true);
}

TEST_F(AdminRespond, TellsWhatBecameOfReloads) {
  EXPECT_EQ(read("/api/reload"), (json{{"applied", 0}, {"refused", 0}, {"last", nullptr}}));
  reloads.applied = 4;
  reloads.refused = 1;
  reloads.last.emplace();
  reloads.last->cause = "SIGHUP";
  reloads.last->problems = {"/etc/simplon.toml:3:1: unknown key"};
  const json told = read("/api/reload");
  EXPECT_EQ(told["applied"], 4);
  EXPECT_EQ(told["last"]["result"], "refused");
  EXPECT_EQ(told["last"]["problems"], json::array({"/etc/simplon.toml:3:1: unknown key"}));
}

TEST_F(AdminRespond, AnswersNoNameThatAnotherSiteMayLeadHere) {
  for (const std::string host : {"localhost", "127.0.0.1", "127.0.0.1:9901", "[::1]:9901", "192.0.2.7:80", "simplon"})
    EXPECT_EQ(ask("GET", "/healthz", host), 200U) << host;
  EXPECT_EQ(ask("GET", "/healthz", std::nullopt), 200U);
  for (const std::string host : {"evil.example", "evil.example:9901", "127.0.0.1.evil.example", "localhost."})
    EXPECT_EQ(ask("GET", "/healthz", host), 421U) << host;
}

TEST_F(AdminRespond, TellsNothingWithoutTheToken) {
  watched.token = Token("sixteen-letters.");
  // Only who has the token reads anything, so that the host may have any name.
  EXPECT_EQ(ask("GET", "/metrics", "admin.example"), 401U);
  for (const std::string path : {"/metrics", "/api/status", "/api/routes", "/api/connections", "/api/events", "/other"})
    EXPECT_EQ(ask("GET", path), 401U) << path;
  for (const std::string path : {"/healthz", "/readyz", "/", "/dashboard.js", "/dashboard.css"})
    EXPECT_EQ(ask("GET", path), 200U) << path;
  auto request = request_for("GET", "/api/status");
  EXPECT_EQ(std::get<serve::http::Response>(respond(watched, request)).fields.find("www-authenticate"),
            "Bearer realm=\"simplon\"");
  request.fields.push_back({"authorization", "Bearer sixteen-letters."});
  EXPECT_EQ(std::get<serve::http::Response>(respond(watched, request)).status, 200U);
}

TEST_F(AdminRespond, LetsThePageRunItsOwnFilesAlone) {
  const auto page = std::get<serve::http::Response>(ask("/"));
  EXPECT_EQ(page.fields.find("content-type"), "text/html; charset=utf-8");
  const std::string policy(page.fields.find("content-security-policy").value());
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_EQ(page.fields.find("x-content-type-options"), "nosniff");
  EXPECT_THAT(*page.body, Not(HasSubstr("=\"http")));
}

TEST_F(AdminRespond, DescribesRoutes) {
  counters->count_backend_error("127.0.0.1:3");
  counters->count_backend_error("127.0.0.1:3");
  snapshot->backends(0)->report(1, false);
  const json routes = read("/api/routes")["routes"];
  ASSERT_EQ(routes.size(), 2U);
  const json& route = routes[0];
  EXPECT_EQ(route["route"], 1);
  EXPECT_EQ(route["listeners"], json::array({"public"}));
  EXPECT_EQ(route["sni"], json::array({"a.example", "*.b.example"}));
  EXPECT_EQ(route["alpn"], (json{{"only", {"h2", "%00%20x"}}}));
  EXPECT_EQ(route["min_tls"], "1.3");
  EXPECT_EQ(route["action"], "pass");
  EXPECT_EQ(route["send_proxy"], "v2");
  EXPECT_EQ(route["backends"][0]["address"], "127.0.0.1:3");
  EXPECT_EQ(route["backends"][0]["health"], "up");
  EXPECT_EQ(route["backends"][0]["retry_ms"], nullptr);
  EXPECT_EQ(route["backends"][0]["errors"], 2);
  EXPECT_EQ(route["backends"][1]["address"], "unix:/run/app");
  EXPECT_EQ(route["backends"][1]["health"], "set aside");
  EXPECT_EQ(route["backends"][1]["failures"], 1);
  EXPECT_GT(route["backends"][1]["retry_ms"], 0);
  EXPECT_EQ(routes[1]["listeners"], json::array({"public", "inside"}));
  EXPECT_EQ(routes[1]["sni"], json::array({"*"}));
  EXPECT_EQ(routes[1]["alpn"], (json{{"any", {"h2", "none"}}}));
  EXPECT_EQ(routes[1]["min_tls"], nullptr);
}

TEST_F(AdminRespond, DescribesListeners) {
  const json status = read("/api/status");
  EXPECT_EQ(status["draining"], false);
  EXPECT_EQ(status["workers"], 2);
  EXPECT_EQ(status["listeners"][0]["name"], "public");
  EXPECT_EQ(status["listeners"][0]["address"], "127.0.0.1:4711");
  EXPECT_EQ(status["listeners"][1]["mismatch"], "ignore");
  EXPECT_EQ(status["certificates"], json::array());
  EXPECT_EQ(status["histogram_bounds_ms"].size(), record::Histogram::bounds.size());
  EXPECT_EQ(status["histogram_bounds_ms"][0], 0.1);
}

TEST_F(AdminRespond, ReadsWhichPageIsWanted) {
  const auto page_of = [this](std::string_view query) {
    return std::get<ConnectionsWanted>(ask("/api/connections" + std::string(query))).page;
  };
  EXPECT_EQ(page_of("").size, Page::default_size);
  EXPECT_EQ(page_of("?limit=1000").size, 1000U);
  EXPECT_EQ(page_of("?before=7&limit=1").before, 7U);
  for (const std::string query : {"limit=0", "limit=1001", "limit=", "limit", "limit=1x", "limit=-1", "before=x",
                                  "before=99999999999999999999", "page=2", "limit=1&&", "limit=1;before=2"})
    EXPECT_EQ(ask("GET", "/api/connections?" + query), 400U) << query;
}

TEST_F(AdminRespond, SendsEvents) { EXPECT_TRUE(std::holds_alternative<EventsWanted>(ask("/api/events"))); }

}  // namespace
}  // namespace simplon::admin
