// What only the Mbed TLS adapter has: what it refuses.
#include "simplon/adapters/mbedtls.hpp"

#include "unit/adapters/mbedtls_end.hpp"

namespace simplon::mbedtls {

namespace {

using namespace std::string_literals;
using test::policy_of;

TEST(MbedTlsAdapter, SaysWhatMbedTlsCantDo) {
  test::MbedTlsConfiguration server(MBEDTLS_SSL_IS_SERVER);
  const auto refusal = [&](const std::shared_ptr<const Policy>& policy) {
    const auto set = set_policy(server.native(), *policy);
    return set ? "" : std::string(set.error());
  };
  EXPECT_EQ(refusal(policy_of({"h2"})), "");
  EXPECT_EQ(refusal(policy_of({"h2"}, Mismatch::reject, Order::client)),
            "Mbed TLS knows no other order than the server's");
  for (const Mismatch mismatch : {Mismatch::ignore, Mismatch::report})
    EXPECT_EQ(refusal(policy_of({"h2"}, mismatch)), "Mbed TLS has no other answer to a mismatch than to reject it");
  EXPECT_EQ(refusal(policy_of({"a\0b"s})), "Mbed TLS knows no protocol names with a zero byte");

  test::MbedTlsConfiguration client(MBEDTLS_SSL_IS_CLIENT);
  EXPECT_FALSE(set_offer(client.native(), test::offer_of({"\0"s})));
}

TEST(MbedTlsAdapter, KeepsTheNamesWhereTheyAre) {
  test::MbedTlsConfiguration configuration(MBEDTLS_SSL_IS_SERVER);
  std::vector<Protocols> kept;
  {
    const auto policy = policy_of({"h2", "http/1.1"});
    auto protocols = set_policy(configuration.native(), *policy);
    ASSERT_TRUE(protocols);
    kept.push_back(std::move(*protocols));
  }
  const auto context = test::make_client_context(test::Version::tls_1_2);
  test::BareClient client(*context, {.offer = {"http/1.1"}});
  test::MbedTlsEnd server(configuration);
  test::run(client, server);
  EXPECT_EQ(client.selected(), "http/1.1");
  EXPECT_EQ(test::text_of(selected(server.native())), "http/1.1");
}

// What Mbed TLS does by itself: the table of docs/adapters.md, whose other rows the suite shows, for the adapter
// changes nothing of what Mbed TLS does once it is set up.
TEST(MbedTlsByItself, GoesOnWithoutAList) {
  test::MbedTlsConfiguration configuration(MBEDTLS_SSL_IS_SERVER);
  const auto context = test::make_client_context(test::Version::tls_1_2);
  test::BareClient client(*context, {.offer = {"h3"}});
  test::MbedTlsEnd server(configuration);
  test::run(client, server);
  EXPECT_EQ(client.handshake, test::Handshake::done);
  EXPECT_EQ(client.selected(), std::nullopt);
}

TEST(MbedTlsByItself, DoesNotLookAtAListWhereItHasNone) {
  test::MbedTlsConfiguration configuration(MBEDTLS_SSL_IS_SERVER);
  test::MbedTlsEnd server(configuration);
  server.incoming = test::hello_with(test::Version::tls_1_2, "\0\0"s);
  server.go_on();
  EXPECT_EQ(server.handshake, test::Handshake::going_on);
}

TEST(MbedTlsByItself, EndsANameAtAZeroByte) {
  static const char* names[] = {"a\0b", nullptr};
  test::MbedTlsConfiguration configuration(MBEDTLS_SSL_IS_SERVER);
  ASSERT_EQ(mbedtls_ssl_conf_alpn_protocols(configuration.native(), names), 0);
  const auto context = test::make_client_context(test::Version::tls_1_2);
  test::BareClient client(*context, {.offer = {"a\0b"s, "a"}});
  test::MbedTlsEnd server(configuration);
  test::run(client, server);
  EXPECT_EQ(client.selected(), "a");
}

}  // namespace

}  // namespace simplon::mbedtls
