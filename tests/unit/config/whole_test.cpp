// Whole configurations: the quick forms, and the examples that are shipped.
#include "loading.hpp"
#include "route/decide.hpp"

#include <filesystem>

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(QuickInspect, ListensAndInspects) {
  const auto config = quick("127.0.0.1:8443", std::nullopt, std::nullopt);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listeners[0].address.port, 8443);
  ASSERT_EQ(config->routes.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Inspect>(config->routes[0].action));
  EXPECT_EQ(config->routes[0].number, 1U);
  EXPECT_EQ(config->routes[0].min_tls, route::TlsVersion::tls_1_2);
  EXPECT_THAT(config->certificates, IsEmpty());
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST(QuickInspect, TakesClientsOfHttpAndThoseWithoutAlpn) {
  const auto config = quick("127.0.0.1:8443", std::nullopt, std::nullopt);
  ASSERT_TRUE(config);
  EXPECT_EQ(route::decide(config->table, route::Request()).route, 0U);
  const std::vector<ProtocolIdView> ids = {protocol::http_1_1, protocol::h2};
  const auto offer = ProtocolList::from(ids).value();
  route::Request request;
  request.offer = offer.view();
  EXPECT_EQ(route::decide(config->table, request).selected, protocol::h2);
}

TEST(QuickInspect, TakesACertificate) {
  const auto config = quick(":8443", CertificateFiles{.chain = "c.pem", .key = "k.pem"}, std::nullopt);
  ASSERT_TRUE(config);
  ASSERT_EQ(config->certificates.size(), 1U);
  EXPECT_EQ(std::get<CertificateFiles>(config->certificates[0].source).chain, "c.pem");
}

TEST(QuickInspect, BlamesTheOption) {
  const auto config = quick("localhost", std::nullopt, std::nullopt);
  ASSERT_FALSE(config);
  EXPECT_EQ(to_text(config.error()[0]), "--listen: \"localhost\" lacks a port: write host:port");
}

TEST(QuickHttp, PutsH2AndHttp11InFrontOfTheApp) {
  const auto config = quick("127.0.0.1:8443", std::nullopt, "http://127.0.0.1:3000");
  ASSERT_TRUE(config);
  ASSERT_EQ(config->routes.size(), 1U);
  const auto* const http = std::get_if<Http>(&config->routes[0].action);
  ASSERT_NE(http, nullptr);
  EXPECT_FALSE(http->h2c);
  ASSERT_EQ(http->backends.size(), 1U);
  EXPECT_EQ(http->backends[0].text, "http://127.0.0.1:3000");
  EXPECT_EQ(config->routes[0].min_tls, route::TlsVersion::tls_1_2);
  EXPECT_THAT(config->warnings, IsEmpty());
  EXPECT_EQ(route::decide(config->table, route::Request()).route, 0U);
  const std::vector<ProtocolIdView> ids = {protocol::http_1_1, protocol::h2};
  const auto offer = ProtocolList::from(ids).value();
  route::Request request;
  request.offer = offer.view();
  EXPECT_EQ(route::decide(config->table, request).selected, protocol::h2);
}

TEST(QuickHttp, TakesH2cAndSocketsOfTheFolder) {
  const auto config = quick(":8443", CertificateFiles{.chain = "c.pem", .key = "k.pem"}, "h2c://unix:run/app.sock");
  ASSERT_TRUE(config);
  EXPECT_TRUE(std::get<Http>(config->routes[0].action).h2c);
  EXPECT_EQ(std::get<UnixSocket>(std::get<Http>(config->routes[0].action).backends[0].address).path, "run/app.sock");
  EXPECT_EQ(config->certificates.size(), 1U);
}

TEST(QuickHttp, BlamesTheOptions) {
  const auto config = quick("localhost", std::nullopt, "127.0.0.1:3000");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().size(), 2U);
  EXPECT_THAT(to_text(config.error()[0]), StartsWith("--listen: \"localhost\" lacks a port"));
  EXPECT_THAT(to_text(config.error()[1]), StartsWith("--http: \"127.0.0.1:3000\" is no URL of a backend"));
}

TEST(Examples, AreValidWithoutWarnings) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SIMPLON_SOURCE_DIR "/examples")) {
    if (entry.path().extension() != ".toml") continue;
    ++count;
    const auto config = load_file(entry.path());
    EXPECT_THAT(problems_of(config), ElementsAre("fine")) << entry.path();
    EXPECT_THAT(warnings_of(config), IsEmpty()) << entry.path();
  }
  EXPECT_GE(count, 2U);
}

TEST(Whole, LoadsTenThousandNames) {
  std::string text(listener_and_certificate);
  for (int i = 0; i < 10'000; ++i) {
    text += "[[route]]\nsni = \"n" + std::to_string(i) + ".example\"\ninspect = true\n";
  }
  const auto config = load(text);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->routes.size(), 10'000U);
}

}  // namespace
}  // namespace simplon::config
