// Which certificate a client gets.
#include "tls/context.hpp"

#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <gmock/gmock.h>

namespace simplon::tls {

namespace {

using test::TestKey;
using testing::ElementsAre;

// The names in the certificate that a client asking for `name` gets.
std::vector<std::string> served(const ContextStore& store, std::optional<std::string> name) {
  test::TlsClientOptions options;
  options.server_name = std::move(name);
  TlsPair pair(store, options, decided_on(options));
  EXPECT_TRUE(pair.handshake()) << pair.server.error();
  return pair.client.peer_names();
}

std::vector<Certificate> three_certificates() {
  return {make_certificate({"default.example"}), make_certificate({"*.example.com"}),
          make_certificate({"app.example.com", "alias.example"})};
}

TEST(ContextStore, PrefersTheExactNameToTheWildcard) {
  const auto store = make_store(three_certificates());
  EXPECT_THAT(served(store, "app.example.com"), ElementsAre("app.example.com", "alias.example"));
  EXPECT_EQ(store.find("alias.example"), store.find("app.example.com"));
}

TEST(ContextStore, PrefersTheWildcardToTheDefault) {
  EXPECT_THAT(served(make_store(three_certificates()), "www.example.com"), ElementsAre("*.example.com"));
}

// RFC 6125 §6.4.3: a wildcard stands for one label.
TEST(ContextStore, GivesTheDefaultToOthers) {
  const auto store = make_store(three_certificates());
  for (const char* name : {"a.b.example.com", "example.com", ".example.com", "example", "com", "", "*.example.org"}) {
    EXPECT_EQ(store.find(name), store.find("default.example")) << name;
  }
  EXPECT_EQ(store.find(std::nullopt), store.find("default.example"));
  EXPECT_THAT(served(store, std::nullopt), ElementsAre("default.example"));
}

TEST(ContextStore, MakesOneContextForNamesServedAlike) { EXPECT_EQ(make_store(three_certificates()).size(), 3U); }

TEST(ContextStore, TakesTheFirstOfOneKeyTypeInFileOrder) {
  const auto store = make_store({make_certificate({"default.example"}), make_certificate({"app.example.com", "first"}),
                                 make_certificate({"app.example.com", "second"})});
  EXPECT_THAT(served(store, "app.example.com"), ElementsAre("app.example.com", "first"));
}

TEST(ContextStore, NeedsACertificate) {
  const auto store = ContextStore::build({}, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, CertificateError::Code::no_certificate);
}

TEST(ContextStore, SaysThatTheLibraryRefusesAWeakKey) {
  if (test::tls_library != test::TlsLibrary::openssl) GTEST_SKIP() << "only OpenSSL refuses an RSA key of 1024 bits";
  const auto weak = test::make_test_certificate({.names = {"weak.example"}, .key = TestKey::rsa_1024});
  const std::vector certificates{Certificate::parse({weak.chain_pem, "weak.pem"}, {weak.key_pem, "weak.key"}).value()};
  const auto store = ContextStore::build(certificates, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, CertificateError::Code::refused);
  EXPECT_EQ(store.error().file, "weak.pem");
  EXPECT_THAT(describe(store.error()), testing::HasSubstr("key too small"));
}

class TwoKeys : public EveryVersion {
 protected:
  void SetUp() override {
    if (test::tls_library == test::TlsLibrary::boringssl) GTEST_SKIP() << "BoringSSL's contexts hold one certificate";
  }
};
using KeyTypes = EveryVersion;

TEST(ContextStore, RefusesASecondCertificateThatTheLibraryCannotHold) {
  if (test::tls_library != test::TlsLibrary::boringssl) GTEST_SKIP() << "this library's contexts hold several";
  const std::vector certificates{make_certificate({"app.example.com"}), rsa_certificate()};
  const auto store = ContextStore::build(certificates, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, CertificateError::Code::refused);
  EXPECT_THAT(store.error().message, testing::HasSubstr("can't choose between two"));
}

std::string key_type_served(const ContextStore& store, test::TlsClientOptions options, bool rsa_only) {
  if (rsa_only) options.signature_algorithms = "RSA-PSS+SHA256:RSA+SHA256";
  // AWS-LC's server goes by the suites of TLS 1.2 alone.
  if (rsa_only && test::tls_library == test::TlsLibrary::aws_lc) options.ciphers_1_2 = "ECDHE-RSA-AES128-GCM-SHA256";
  TlsPair pair(store, options, decided_on(options));
  EXPECT_TRUE(pair.handshake()) << pair.server.error();
  return pair.client.peer_key_type();
}

TEST_P(TwoKeys, GiveEcdsaToThoseWhoCanAndRsaToTheRest) {
  const auto ecdsa = make_certificate({"app.example.com"});
  for (const auto& certificates : {std::vector{ecdsa, rsa_certificate()}, std::vector{rsa_certificate(), ecdsa}}) {
    const auto store = make_store(certificates);
    EXPECT_EQ(key_type_served(store, options(), false), "EC");
    EXPECT_EQ(key_type_served(store, options(), true), "RSA");
  }
}

TEST_P(TwoKeys, AreBothThereWithoutAServerName) {
  auto options = this->options();
  options.server_name.reset();
  const auto store = make_store({rsa_certificate(), make_certificate({"app.example.com"})});
  EXPECT_EQ(key_type_served(store, options, false), "EC");
  EXPECT_EQ(key_type_served(store, options, true), "RSA");
}

TEST_P(TwoKeys, MayComeFromAnExactNameAndAWildcard) {
  const auto store = make_store({make_certificate({"*.example.com"}), rsa_certificate()});
  EXPECT_EQ(key_type_served(store, options(), false), "EC");
  EXPECT_EQ(key_type_served(store, options(), true), "RSA");
}

TEST_P(KeyTypes, AreNotMixedAcrossHosts) {
  auto options = this->options();
  const auto store = make_store({make_certificate({"other.example"}), rsa_certificate()});
  EXPECT_EQ(key_type_served(store, options, false), "RSA");
}

TEST_P(KeyTypes, OfWhichNoneFitsFailTheHandshake) {
  auto options = this->options();
  options.signature_algorithms = "RSA-PSS+SHA256:RSA+SHA256";
  TlsPair pair(options);
  EXPECT_FALSE(pair.handshake());
  EXPECT_EQ(pair.client.alert_received(), 40);
}

INSTANTIATE_TEST_SUITE_P(Tls, KeyTypes, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);
INSTANTIATE_TEST_SUITE_P(Tls, TwoKeys, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
