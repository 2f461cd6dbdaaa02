// What only the GnuTLS adapter has: limits of GnuTLS, and handshakes that it ends itself.
#include "simplon/adapters/gnutls.hpp"

#include "unit/adapters/gnutls_end.hpp"

#include <gmock/gmock.h>

namespace simplon::gnutls {

namespace {

using namespace std::string_literals;
using test::GnuTlsEnd;
using test::Handshake;
using test::Version;

TEST(GnuTlsAdapter, RefusesWhatGnuTlsCantOffer) {
  const GnuTlsEnd client(GNUTLS_CLIENT, Version::tls_1_3);
  const auto refused = set_offer(client.native(), test::offer_of({"h2", std::string(32, 'x')}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "GnuTLS knows protocol names of 31 bytes at most");
  const auto too_many = set_offer(client.native(), test::offer_of({"1", "2", "3", "4", "5", "6", "7", "8", "9"}));
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error(), "GnuTLS offers 8 protocols at most");
  EXPECT_TRUE(set_offer(client.native(), test::offer_of({"1", "2", "3", "4", "5", "6", "7", std::string(31, 'x')})));
}

// It would add the second list to the first.
TEST(GnuTlsAdapter, IsSetUpOnce) {
  const GnuTlsEnd client(GNUTLS_CLIENT, Version::tls_1_3);
  ASSERT_TRUE(set_offer(client.native(), test::offer_of({"h2"})));
  const auto again = set_offer(client.native(), test::offer_of({"http/1.1"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), "the session has a policy or an offer already");
}

TEST(GnuTlsAdapter, SaysWhatWasWrongWithTheAnswer) {
  for (const Version version : {Version::tls_1_2, Version::tls_1_3}) {
    GnuTlsEnd client(GNUTLS_CLIENT, version);
    ASSERT_TRUE(set_offer(client.native(), test::offer_of({"h2"})));
    const test::BareServer server(version, "h3");
    const auto end = server.accept();
    test::run(client, *end);
    EXPECT_EQ(client.handshake, Handshake::failed);
    EXPECT_EQ(client.error, GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER);
    EXPECT_EQ(check_answer(client.native()).error(), WireError::answer_not_offered);
  }
}

TEST(GnuTlsAdapter, EndsTheHandshakeWhereAChosenPolicyIsTooMuch) {
  const std::string longest(32, 'x');
  GnuTlsEnd server(GNUTLS_SERVER, Version::tls_1_3);
  ASSERT_TRUE(
      set_policies(server.native(), [&](std::optional<std::string_view>) { return test::policy_of({longest}); }));
  const auto context = test::make_client_context(Version::tls_1_3);
  test::BareClient client(*context, {.offer = {longest}});
  test::run(client, server);
  EXPECT_EQ(server.error, GNUTLS_E_INVALID_REQUEST);
  EXPECT_EQ(client.handshake, Handshake::failed);
}

}  // namespace

}  // namespace simplon::gnutls
