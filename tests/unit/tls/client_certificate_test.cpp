// Mutual TLS: clients that must show a certificate (RFC 8446 §4.3.2, RFC 5246 §7.4.4).
#include "support/temporary_folder.hpp"
#include "unit/tls/tls_pair.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <gmock/gmock.h>

namespace simplon::tls {

namespace {

using test::TestCertificate;
using test::TestCertificateOptions;
using testing::ElementsAre;
using testing::HasSubstr;

// Self-signed, so that each is its own authority.
const TestCertificate& alice() {
  static const TestCertificate made = test::make_test_certificate({.common_name = "alice"});
  return made;
}

class MutualTls : public EveryVersion {
 protected:
  ContextStore store(const std::string& authorities_pem) {
    const auto path = folder_.path() / "authorities.pem";
    std::ofstream(path) << authorities_pem;
    return make_store({certificate_}, {.client_authorities = path});
  }
  ContextStore store() { return store(alice().chain_pem); }

  // A pair of which the client shows `certificate`.
  static TlsPair pair(const ContextStore& store, const std::optional<TestCertificate>& certificate,
                      const test::Session& session = {}) {
    auto options = EveryVersion::options();
    options.certificate = certificate;
    options.session = session;
    return {store, options, decided_on(options)};
  }

 private:
  test::TemporaryFolder folder_;
  const Certificate certificate_ = make_certificate({"app.example.com"});
};

TEST_P(MutualTls, TakesACertificateOfItsAuthorities) {
  auto pair = this->pair(store(), alice());
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_TRUE(pair.echo("let in"));
  const auto certificate = pair.server.client_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->common_name, "alice");
  const Certificate shown = certificate_from(alice());
  EXPECT_EQ(sha256(certificate->der), shown.fingerprint());
  EXPECT_FALSE(pair.server.certificate_refused());
}

TEST_P(MutualTls, SaysWhoseCertificatesItTakes) {
  const auto bob = test::make_test_certificate({.common_name = "bob"});
  auto pair = this->pair(store(alice().chain_pem + bob.chain_pem), bob);
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  EXPECT_THAT(pair.client.authorities(), ElementsAre("alice", "bob"));
}

TEST_P(MutualTls, RefusesAClientWithoutOne) {
  auto pair = this->pair(store(), std::nullopt);
  EXPECT_FALSE(pair.handshake());
  EXPECT_TRUE(pair.server.certificate_refused());
  EXPECT_FALSE(pair.server.negotiation_refused());
  // certificate_required, or what TLS 1.2 has for it (RFC 5246 §7.4.6): handshake_failure.
  EXPECT_EQ(pair.client.alert_received(), is_1_3() ? 116 : 40);
  EXPECT_THAT(std::string(pair.server.error()), HasSubstr("the client has no certificate"));
}

TEST_P(MutualTls, RefusesACertificateOfOthers) {
  auto pair = this->pair(store(), test::make_test_certificate({.common_name = "alice"}));
  EXPECT_FALSE(pair.handshake());
  EXPECT_TRUE(pair.server.certificate_refused());
  EXPECT_THAT(std::string(pair.server.error()), HasSubstr("the client's certificate is refused"));
}

TEST_P(MutualTls, RefusesACertificateThatHasExpired) {
  const auto expired = test::make_test_certificate({.common_name = "alice", .expires_in_seconds = -60});
  auto pair = this->pair(store(expired.chain_pem), expired);
  EXPECT_FALSE(pair.handshake());
  EXPECT_TRUE(pair.server.certificate_refused());
  EXPECT_EQ(pair.client.alert_received(), 45);  // certificate_expired
}

TEST_P(MutualTls, AsksNobodyWhereItIsNotDemanded) {
  auto pair = this->pair(default_store(), alice());
  ASSERT_TRUE(pair.handshake());
  EXPECT_FALSE(pair.server.client_certificate());
}

TEST_P(MutualTls, KnowsTheClientOfAResumedSession) {
  const auto store = this->store();
  auto first = pair(store, alice());
  ASSERT_TRUE(first.handshake());
  ASSERT_TRUE(first.echo("and every ticket"));
  auto second = pair(store, alice(), first.client.session());
  ASSERT_TRUE(second.handshake()) << second.server.error();
  EXPECT_TRUE(second.client.resumed());
  ASSERT_TRUE(second.server.client_certificate());
  EXPECT_EQ(second.server.client_certificate()->common_name, "alice");
}

TEST_P(MutualTls, HasNoNameOfACertificateWithout) {
  const auto nameless = test::make_test_certificate({.names = {"client.example.com"}, .common_name = ""});
  auto pair = this->pair(store(nameless.chain_pem), nameless);
  ASSERT_TRUE(pair.handshake()) << pair.server.error();
  ASSERT_TRUE(pair.server.client_certificate());
  EXPECT_EQ(pair.server.client_certificate()->common_name, "");
}

INSTANTIATE_TEST_SUITE_P(Tls, MutualTls, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

TEST(ClientAuthorities, MustBeThereAndPem) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "authorities.pem";
  const std::vector certificates{make_certificate({"app.example.com"})};
  const auto missing = ContextStore::build(certificates, {.client_authorities = path});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, CertificateError::Code::missing_file);
  EXPECT_EQ(missing.error().file, path.string());
  std::ofstream(path) << "no certificate";
  const auto text = ContextStore::build(certificates, {.client_authorities = path});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, CertificateError::Code::not_pem);
}

}  // namespace

}  // namespace simplon::tls
