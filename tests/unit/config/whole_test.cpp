// Whole configurations: the quick form, and the example that is shipped.
#include "loading.hpp"
#include "route/decide.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(QuickInspect, ListensAndInspects) {
  const auto config = quick_inspect("127.0.0.1:8443", std::nullopt);
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
  const auto config = quick_inspect("127.0.0.1:8443", std::nullopt);
  ASSERT_TRUE(config);
  EXPECT_EQ(route::decide(config->table, route::Request()).route, 0U);
  const std::vector<ProtocolIdView> ids = {protocol::http_1_1, protocol::h2};
  const auto offer = ProtocolList::from(ids).value();
  route::Request request;
  request.offer = offer.view();
  EXPECT_EQ(route::decide(config->table, request).selected, protocol::h2);
}

TEST(QuickInspect, TakesACertificate) {
  const auto config = quick_inspect(":8443", CertificateFiles{.chain = "c.pem", .key = "k.pem"});
  ASSERT_TRUE(config);
  ASSERT_EQ(config->certificates.size(), 1U);
  EXPECT_EQ(std::get<CertificateFiles>(config->certificates[0].source).chain, "c.pem");
}

TEST(QuickInspect, BlamesTheOption) {
  const auto config = quick_inspect("localhost", std::nullopt);
  ASSERT_FALSE(config);
  EXPECT_EQ(to_text(config.error()[0]), "--listen: \"localhost\" lacks a port: write host:port");
}

TEST(Example, IsValidWithoutWarnings) {
  const auto config = load_file(SIMPLON_SOURCE_DIR "/examples/simplon.toml");
  EXPECT_THAT(problems_of(config), ElementsAre("fine"));
  EXPECT_THAT(warnings_of(config), IsEmpty());
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
