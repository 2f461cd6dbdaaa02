// What the admin server answers, and whom.
#include "admin/respond.hpp"

#include "config/load.hpp"

#include <gtest/gtest.h>

namespace simplon::admin {
namespace {

struct AdminRespond : testing::Test {
  AdminRespond() {
    auto config = config::load_text("[[listen]]\naddress = \"127.0.0.1:1\"\n[[route]]\npass = \"127.0.0.1:2\"\n",
                                    "/test/simplon.toml");
    const auto snapshot =
        *serve::Snapshot::make(std::make_shared<const config::Config>(std::move(config.value())), {}, {});
    watched.count = [snapshot] {
      return Counted{snapshot, std::make_shared<const record::Counters>(snapshot->labels()), {}};
    };
    watched.draining = [this] { return draining; };
  }
  [[nodiscard]] unsigned ask(std::string method, std::string path,
                             std::optional<std::string> authority = "localhost:9901") const {
    serve::http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.authority = std::move(authority);
    return respond(watched, request).status;
  }

  bool draining = false;
  Watched watched;
};

TEST_F(AdminRespond, HasFourPaths) {
  for (const std::string path : {"/", "/metrics", "/healthz", "/readyz", "/metrics?name=value"}) {
    EXPECT_EQ(ask("GET", path), 200U) << path;
    EXPECT_EQ(ask("HEAD", path), 200U) << path;
    EXPECT_EQ(ask("POST", path), 405U) << path;
    EXPECT_EQ(ask("get", path), 405U) << path;
  }
  for (const std::string path : {"/metric", "/metrics/", "//metrics", "/api/routes", "*", "/..%2fmetrics", ""})
    EXPECT_EQ(ask("GET", path), 404U) << path;
}

TEST_F(AdminRespond, IsNotReadyWhileDraining) {
  draining = true;
  EXPECT_EQ(ask("GET", "/readyz"), 503U);
  EXPECT_EQ(ask("GET", "/healthz"), 200U);
  EXPECT_EQ(ask("GET", "/metrics"), 200U);
}

TEST_F(AdminRespond, AnswersNoNameThatAnotherSiteMayLeadHere) {
  for (const std::string host : {"localhost", "127.0.0.1", "127.0.0.1:9901", "[::1]:9901", "192.0.2.7:80", "simplon"})
    EXPECT_EQ(ask("GET", "/healthz", host), 200U) << host;
  EXPECT_EQ(ask("GET", "/healthz", std::nullopt), 200U);
  for (const std::string host : {"evil.example", "evil.example:9901", "127.0.0.1.evil.example", "localhost."})
    EXPECT_EQ(ask("GET", "/healthz", host), 421U) << host;
}

}  // namespace
}  // namespace simplon::admin
