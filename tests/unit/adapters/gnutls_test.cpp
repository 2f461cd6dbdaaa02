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

TEST(GnuTlsAdapter, LeavesAnAnswerThatNobodyAskedForToGnuTls) {
  GnuTlsEnd client(GNUTLS_CLIENT, Version::tls_1_2);
  client.go_on();
  client.outgoing.clear();
  // A ServerHello (RFC 5246 §7.4.1.3) with h2 in its ALPN extension.
  client.incoming = "\x16\3\3\0\x35\2\0\0\x31\3\3"s + std::string(32, 'r') + "\0\xc0\x2f\0\0\x09\0\x10\0\5\0\3\2h2"s;
  client.go_on();
  EXPECT_EQ(client.handshake, Handshake::failed);
  EXPECT_EQ(client.outgoing, "\x15\3\3\0\2\2\x6e"s);
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

// What GnuTLS does by itself: the table of docs/adapters.md.
class GnuTlsByItself : public testing::TestWithParam<Version> {
 protected:
  static int try_protocols(const GnuTlsEnd& end, const test::Names& names, unsigned flags) {
    std::vector<gnutls_datum_t> list;
    for (const auto& name : names) {
      auto* const data = const_cast<char*>(name.data());  // NOLINT(*-const-cast): it is read only
      list.push_back({reinterpret_cast<unsigned char*>(data), static_cast<unsigned>(name.size())});
    }
    return gnutls_alpn_set_protocols(end.native(), list.data(), static_cast<unsigned>(list.size()), flags);
  }

  static void set_protocols(const GnuTlsEnd& end, const test::Names& names, unsigned flags) {
    ASSERT_EQ(try_protocols(end, names, flags), 0);
  }

  /// What a client that offers `offer` sees of a server of `names`.
  static std::unique_ptr<test::BareClient> negotiate(const test::Names& offer, const test::Names& names,
                                                     unsigned flags) {
    const auto context = test::make_client_context(GetParam());
    auto client = std::make_unique<test::BareClient>(*context, test::BareClientOptions{.offer = offer});
    GnuTlsEnd server(GNUTLS_SERVER, GetParam());
    if (!names.empty()) set_protocols(server, names, flags);
    test::run(*client, server);
    return client;
  }
};

TEST_P(GnuTlsByItself, GoesOnWithoutAList) {
  const auto client = negotiate({"h3"}, {}, 0);
  EXPECT_EQ(client->handshake, Handshake::done);
  EXPECT_EQ(client->selected(), std::nullopt);
}

TEST_P(GnuTlsByItself, GoesOnAfterAMismatchUnlessAProtocolIsMandatory) {
  const auto lenient = negotiate({"h3"}, {"h2"}, 0);
  EXPECT_EQ(lenient->handshake, Handshake::done);
  EXPECT_EQ(lenient->selected(), std::nullopt);
  EXPECT_EQ(negotiate({"h3"}, {"h2"}, GNUTLS_ALPN_MANDATORY)->alert(), 120);
  EXPECT_EQ(negotiate({}, {"h2"}, GNUTLS_ALPN_MANDATORY)->handshake, Handshake::done);
}

TEST_P(GnuTlsByItself, GoesByTheClientsOrderUnlessItIsToldOtherwise) {
  EXPECT_EQ(negotiate({"http/1.1", "h2"}, {"h2", "http/1.1"}, 0)->selected(), "http/1.1");
  EXPECT_EQ(negotiate({"http/1.1", "h2"}, {"h2", "http/1.1"}, GNUTLS_ALPN_SERVER_PRECEDENCE)->selected(), "h2");
}

TEST_P(GnuTlsByItself, RefusesAnEmptyListWhereItHasProtocols) {
  for (const bool has_protocols : {true, false}) {
    GnuTlsEnd server(GNUTLS_SERVER, GetParam());
    if (has_protocols) set_protocols(server, {"h2"}, 0);
    server.incoming = test::hello_with(GetParam(), "\0\0"s);
    server.go_on();
    EXPECT_EQ(server.outgoing.substr(5) == "\2\x32", has_protocols);
    EXPECT_EQ(server.handshake, has_protocols ? Handshake::failed : Handshake::going_on);
  }
}

TEST_P(GnuTlsByItself, ReadsNoFurtherThanTheFirstMatch) {
  GnuTlsEnd server(GNUTLS_SERVER, GetParam());
  set_protocols(server, {"h2"}, 0);
  server.incoming = test::hello_with(GetParam(), "\0\4\2h2\3"s);
  server.go_on();
  EXPECT_EQ(server.handshake, Handshake::going_on);
  EXPECT_EQ(server.outgoing.front(), '\x16');
}

TEST_P(GnuTlsByItself, TakesAnAnswerThatWasNotOfferedForNone) {
  const test::BareServer answers(GetParam(), "h3");
  for (const auto& [flags, handshake] :
       {std::pair(0, Handshake::done), std::pair(static_cast<int>(GNUTLS_ALPN_MANDATORY), Handshake::failed)}) {
    GnuTlsEnd client(GNUTLS_CLIENT, GetParam());
    set_protocols(client, {"h2"}, static_cast<unsigned>(flags));
    const auto server = answers.accept();
    test::run(client, *server);
    EXPECT_EQ(client.handshake, handshake);
    EXPECT_EQ(client.selected(), std::nullopt);
    if (handshake == Handshake::failed) {
      EXPECT_EQ(server->alert(), 120);
    }
  }
}

TEST_P(GnuTlsByItself, DoesWithoutAnAnswerEvenWhereItIsMandatory) {
  const test::BareServer answers(GetParam(), std::nullopt);
  for (const unsigned flags : {0U, static_cast<unsigned>(GNUTLS_ALPN_MANDATORY)}) {
    GnuTlsEnd client(GNUTLS_CLIENT, GetParam());
    set_protocols(client, {"h2"}, flags);
    const auto server = answers.accept();
    test::run(client, *server);
    EXPECT_EQ(client.handshake, Handshake::done);
  }
}

TEST_P(GnuTlsByItself, KnowsShortNamesAndFewOfThem) {
  const auto takes = [](const test::Names& names) {
    return try_protocols(GnuTlsEnd(GNUTLS_CLIENT, GetParam()), names, 0) == 0;
  };
  EXPECT_TRUE(takes({std::string(31, 'x')}));
  EXPECT_FALSE(takes({std::string(32, 'x')}));
  EXPECT_TRUE(takes({"1", "2", "3", "4", "5", "6", "7", "8"}));
  EXPECT_FALSE(takes({"1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

INSTANTIATE_TEST_SUITE_P(Version, GnuTlsByItself, testing::Values(Version::tls_1_2, Version::tls_1_3),
                         test::version_of);

}  // namespace

}  // namespace simplon::gnutls
