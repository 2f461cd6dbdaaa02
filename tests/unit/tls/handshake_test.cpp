// Versions, suites, groups, and what a finished or failed handshake says of itself.
#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <gmock/gmock.h>

namespace simplon::tls {

namespace {

using Handshake = EveryVersion;

TEST_P(Handshake, SaysWhatWasNegotiated) {
  auto options = this->options();
  options.groups = "X25519:P-256";  // in TLS 1.2 the list must hold the certificate's curve too
  TlsPair pair(options);
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  const Negotiated facts = pair.server.negotiated();
  EXPECT_EQ(facts.version, is_1_3() ? route::TlsVersion::tls_1_3 : route::TlsVersion::tls_1_2);
  EXPECT_EQ(facts.version_text, is_1_3() ? "1.3" : "1.2");
  EXPECT_EQ(facts.cipher, is_1_3() ? "TLS_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  EXPECT_EQ(facts.suite, is_1_3() ? 0x1301 : 0xc02b);
  EXPECT_EQ(facts.group, "x25519");
  EXPECT_EQ(pair.server.error(), "");
  EXPECT_FALSE(pair.server.alert_sent());
}

TEST_P(Handshake, TakesEveryGroupOfOurs) {
  const auto store = make_store({rsa_certificate()});
  for (const auto& [group, name] : {std::pair("X25519", "x25519"), {"P-256", "secp256r1"}, {"P-384", "secp384r1"}}) {
    auto options = this->options();
    options.groups = group;
    TlsPair pair(store, options, decided_on(options));
    EXPECT_TRUE(pair.handshake()) << group;
    EXPECT_EQ(pair.server.negotiated().group, name);
  }
}

TEST_P(Handshake, RefusesOtherGroups) {
  auto options = this->options();
  options.groups = "P-521";
  TlsPair pair(options);
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.client.alert_received(), 40);
  EXPECT_EQ(pair.server.alert_sent(), 40);
  EXPECT_FALSE(pair.server.negotiation_refused());
}

// A client that puts ChaCha first has no fast AES; one that does not gets our order.
TEST_P(Handshake, HonoursAClientThatPrefersChacha) {
  if (test::tls_library == test::TlsLibrary::boringssl)
    GTEST_SKIP() << "BoringSSL's client chooses no suites of TLS 1.3";
  if (test::tls_library == test::TlsLibrary::aws_lc && GetParam() == TLS1_2_VERSION) {
    GTEST_SKIP() << "AWS-LC goes by the server's order of the suites of TLS 1.2";
  }
  for (const bool chacha_first : {true, false}) {
    auto options = this->options();
    const std::string chacha_1_3 = "TLS_CHACHA20_POLY1305_SHA256";
    const std::string aes_1_3 = "TLS_AES_256_GCM_SHA384";
    const std::string chacha_1_2 = "ECDHE-ECDSA-CHACHA20-POLY1305";
    const std::string aes_1_2 = "ECDHE-ECDSA-AES256-GCM-SHA384";
    options.ciphers_1_3 = chacha_first ? chacha_1_3 + ":" + aes_1_3 : aes_1_3 + ":" + chacha_1_3;
    options.ciphers_1_2 = chacha_first ? chacha_1_2 + ":" + aes_1_2 : aes_1_2 + ":" + chacha_1_2;
    TlsPair pair(options);
    ASSERT_TRUE(pair.handshake());
    EXPECT_EQ(pair.client.cipher().find("CHACHA20") != std::string::npos, chacha_first) << pair.client.cipher();
  }
}

// The client's verdict reaches the log in words and by number (RFC 8446 §6).
TEST_P(Handshake, TellsTheAlertThatItReceived) {
  auto options = this->options();
  options.trust_pem = make_certificate({"other.example"}).chain_pem();
  TlsPair pair(options);
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.server_step.status, Status::failed);
  EXPECT_EQ(pair.server.alert_received(), 48);
  EXPECT_EQ(pair.server.error(), "the client sent an alert (unknown CA, 48)");
}

// RFC 9113 §9.2.2, Appendix A: no suite without forward secrecy and AEAD, for any protocol.
TEST(HandshakeSuites, RefusesWhatAppendixAForbids) {
  for (const char* cipher : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"}) {
    test::TlsClientOptions options;
    options.max_version = TLS1_2_VERSION;
    options.ciphers_1_2 = cipher;
    TlsPair pair(options);
    EXPECT_FALSE(pair.handshake()) << cipher;
    EXPECT_EQ(pair.client.alert_received(), 40) << cipher;
    EXPECT_THAT(pair.server.error(), testing::HasSubstr("no shared cipher"));
  }
}

TEST(HandshakeVersion, PrefersTls13) {
  TlsPair pair;
  ASSERT_TRUE(pair.handshake());
  EXPECT_EQ(pair.client.version(), "1.3");
}

TEST(HandshakeVersion, RefusesOlderThanTheSettings) {
  test::TlsClientOptions options;
  options.max_version = TLS1_2_VERSION;
  const auto store = make_store({make_certificate({"app.example.com"})}, {.min_version = route::TlsVersion::tls_1_3});
  TlsPair pair(store, options, decided_on(options));
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.client.alert_received(), 70);
  EXPECT_EQ(pair.server.alert_sent(), 70);
}

TEST(HandshakeVersion, RefusesOlderThanTheRoute) {
  test::TlsClientOptions options;
  options.max_version = TLS1_2_VERSION;
  Decided decided = decided_on(options);
  decided.min_version = route::TlsVersion::tls_1_3;
  TlsPair pair(default_store(), options, decided);
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.client.alert_received(), 70);
}

// A route can't ask for less than the settings.
TEST(HandshakeVersion, KeepsTheSettingsMinimumOnALaxerRoute) {
  test::TlsClientOptions options;
  options.max_version = TLS1_2_VERSION;
  const auto store = make_store({make_certificate({"app.example.com"})}, {.min_version = route::TlsVersion::tls_1_3});
  Decided decided = decided_on(options);
  decided.min_version = route::TlsVersion::tls_1_2;
  TlsPair pair(store, options, decided);
  EXPECT_FALSE(pair.handshake());
}

// RFC 8996: TLS 1.0 and 1.1 are not to be used, whatever the settings say.
TEST(HandshakeVersion, NeverSpeaksTls11) {
  const auto store = make_store({make_certificate({"app.example.com"})}, {.min_version = route::TlsVersion::tls_1_0});
  const SSL_CTX* context = store.find(std::nullopt).native();
  EXPECT_EQ(SSL_CTX_get_min_proto_version(const_cast<SSL_CTX*>(context)), TLS1_2_VERSION);
}

INSTANTIATE_TEST_SUITE_P(Tls, Handshake, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
