#include "tls/certificate.hpp"

#include "unit/tls/tls_pair.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace simplon::tls {

namespace {

using Code = CertificateError::Code;
using test::TestKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A directory of its own for each test.
class CertificateFiles : public testing::Test {
 protected:
  CertificateFiles() {
    std::string name = testing::TempDir() + "simplon-XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~CertificateFiles() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return directory_ / name; }

  // Loading must fail with `code` and blame `file`.
  static void expect_error(const std::filesystem::path& chain, const std::filesystem::path& key, Code code,
                           const std::filesystem::path& file) {
    const auto loaded = Certificate::load(chain, key);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code) << describe(loaded.error());
    EXPECT_EQ(loaded.error().file, file.string());
    EXPECT_THAT(describe(loaded.error()), testing::StartsWith(file.string() + ": "));
  }

  test::TestCertificate made_ = test::make_test_certificate({.names = {"app.example.com"}});

 private:
  std::filesystem::path directory_;
};

TEST_F(CertificateFiles, Load) {
  const auto chain = write("chain.pem", made_.chain_pem);
  const auto loaded = Certificate::load(chain, write("key.pem", made_.key_pem));
  ASSERT_TRUE(loaded) << describe(loaded.error());
  EXPECT_EQ(loaded->file(), chain.string());
  EXPECT_THAT(loaded->names(), ElementsAre("app.example.com"));
}

TEST_F(CertificateFiles, MayBeOneAndTheSame) {
  const auto both = write("both.pem", made_.key_pem + made_.chain_pem);
  EXPECT_TRUE(Certificate::load(both, both));
}

TEST_F(CertificateFiles, MayBeMissing) {
  const auto chain = write("chain.pem", made_.chain_pem);
  expect_error(path("none.pem"), chain, Code::missing_file, path("none.pem"));
  expect_error(chain, path("none.key"), Code::missing_file, path("none.key"));
}

TEST_F(CertificateFiles, MayBeADirectory) {
  std::filesystem::create_directory(path("folder"));
  expect_error(path("folder"), path("key.pem"), Code::unreadable_file, path("folder"));
}

TEST_F(CertificateFiles, MayBeClosedToUs) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads every file";
  const auto chain = write("chain.pem", made_.chain_pem);
  std::filesystem::permissions(chain, std::filesystem::perms::none);
  expect_error(chain, chain, Code::unreadable_file, chain);
}

TEST_F(CertificateFiles, MayBeNoPem) {
  const auto chain = write("chain.pem", made_.chain_pem);
  const auto key = write("key.pem", made_.key_pem);
  const auto text = write("text", "hello\n");
  const auto nothing = write("nothing", "");
  expect_error(text, key, Code::not_pem, text);
  expect_error(nothing, key, Code::not_pem, nothing);
  expect_error(key, key, Code::not_pem, key);
  expect_error(chain, chain, Code::not_pem, chain);
  expect_error(chain, nothing, Code::not_pem, nothing);
}

TEST_F(CertificateFiles, MayBeBroken) {
  const auto chain = write("chain.pem", made_.chain_pem);
  const auto key = write("key.pem", made_.key_pem);
  std::string text = made_.chain_pem;
  text.replace(60, 8, "AAAAAAAA");
  const auto broken_chain = write("broken.pem", text);
  expect_error(broken_chain, key, Code::broken_pem, broken_chain);
  const auto cut = write("cut.pem", made_.chain_pem.substr(0, made_.chain_pem.size() / 2));
  expect_error(cut, key, Code::broken_pem, cut);
  const auto second = write("second.pem", made_.chain_pem + text);
  expect_error(second, key, Code::broken_pem, second);
  text = made_.key_pem;
  text.replace(60, 8, "AAAAAAAA");
  const auto broken_key = write("broken.key", text);
  expect_error(chain, broken_key, Code::broken_pem, broken_key);
}

TEST_F(CertificateFiles, MayHoldAnEncryptedKey) {
  const auto chain = write("chain.pem", made_.chain_pem);
  const auto key = write("key.pem", test::encrypt_key(made_, "secret"));
  expect_error(chain, key, Code::encrypted_key, key);
}

TEST_F(CertificateFiles, MayNotBelongTogether) {
  const auto chain = write("chain.pem", made_.chain_pem);
  const auto key = write("key.pem", test::make_test_certificate({}).key_pem);
  expect_error(chain, key, Code::key_mismatch, key);
  const auto rsa = write("rsa.pem", test::make_test_certificate({.key = TestKey::rsa_2048}).key_pem);
  expect_error(chain, rsa, Code::key_mismatch, rsa);
}

TEST_F(CertificateFiles, MayBeInTheWrongOrder) {
  const auto chain = write("chain.pem", test::make_test_certificate({}).chain_pem + made_.chain_pem);
  expect_error(chain, write("key.pem", made_.key_pem), Code::chain_order, chain);
}

TEST_F(CertificateFiles, NeverShowTheKeyInAnError) {
  std::string text = made_.key_pem;
  text.replace(60, 8, "AAAAAAAA");
  const auto parsed = Certificate::parse({made_.chain_pem, ""}, {text, ""});
  ASSERT_FALSE(parsed);
  EXPECT_THAT(describe(parsed.error()), testing::Not(HasSubstr(made_.key_pem.substr(80, 20))));
}

TEST(Certificate, KnowsItsNames) {
  const auto certificate = make_certificate({"App.Example.COM", "*.example.com", "app.example.com", "last.example."});
  EXPECT_THAT(certificate.names(), ElementsAre("app.example.com", "*.example.com", "last.example"));
}

// RFC 6125 §6.4.4.
TEST(Certificate, TakesTheCommonNameOnlyWithoutAlternativeNames) {
  const auto without = certificate_from(test::make_test_certificate({.common_name = "Old.example"}));
  EXPECT_THAT(without.names(), ElementsAre("old.example"));
  const auto with = certificate_from(test::make_test_certificate({.names = {"new.example"}, .common_name = "old"}));
  EXPECT_THAT(with.names(), ElementsAre("new.example"));
}

TEST(Certificate, TakesNoTextForANameThatIsNone) {
  EXPECT_THAT(certificate_from(test::make_test_certificate({.common_name = "My Company"})).names(), IsEmpty());
}

TEST(Certificate, KnowsItsEndEvenWhenExpired) {
  const auto expired = certificate_from(test::make_test_certificate({.expires_in_seconds = -3600}));
  const auto ago = std::chrono::system_clock::now() - expired.not_after();
  EXPECT_GT(ago, std::chrono::minutes(59));
  EXPECT_LT(ago, std::chrono::minutes(70));
}

TEST(Certificate, KnowsItsKeyType) {
  EXPECT_EQ(make_certificate({"a.example"}).key_type(), KeyType::ecdsa);
  EXPECT_EQ(make_certificate({"a.example"}, TestKey::ed25519).key_type(), KeyType::ed25519);
  EXPECT_EQ(rsa_certificate().key_type(), KeyType::rsa);
}

TEST(Certificate, HasTheFingerprintOfItsLeaf) {
  const auto made = test::make_test_certificate({.names = {"a.example"}});
  EXPECT_EQ(certificate_from(made).fingerprint(), certificate_from(made).fingerprint());
  EXPECT_NE(certificate_from(made).fingerprint(), make_certificate({"a.example"}).fingerprint());
}

TEST(Certificate, ShowsItsChainWithoutTheKey) {
  const auto made = test::make_test_certificate({.names = {"a.example"}});
  EXPECT_EQ(certificate_from(made).chain_pem(), made.chain_pem);
}

const std::vector<std::string> local_names{"localhost", "127.0.0.1", "::1"};

TEST(SelfSigned, IsAcceptedByAClientThatTrustsIt) {
  const auto certificate = make_self_signed(local_names).value();
  const auto store = make_store({certificate});
  for (const std::string& name : local_names) {
    test::TlsClientOptions options;
    options.trust_pem = certificate.chain_pem();
    options.verify_name = name;
    TlsPair pair(store, options, decided_on(options));
    EXPECT_TRUE(pair.handshake()) << name << ": " << pair.client.error();
    EXPECT_TRUE(pair.client.verified());
  }
}

TEST(SelfSigned, IsForItsNamesOnly) {
  const auto certificate = make_self_signed(local_names).value();
  for (const char* name : {"example.com", "127.0.0.2", "::2"}) {
    test::TlsClientOptions options;
    options.trust_pem = certificate.chain_pem();
    options.verify_name = name;
    TlsPair pair(make_store({certificate}), options, decided_on(options));
    EXPECT_FALSE(pair.handshake()) << name;
  }
}

TEST(SelfSigned, LastsNinetyDays) {
  const auto left = make_self_signed(local_names)->not_after() - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::days(90) - std::chrono::minutes(5));
  EXPECT_LE(left, std::chrono::days(90));
}

TEST(SelfSigned, KnowsItsHostNamesAndKeyType) {
  const auto certificate = make_self_signed(local_names).value();
  EXPECT_THAT(certificate.names(), ElementsAre("localhost"));
  EXPECT_EQ(certificate.key_type(), KeyType::ecdsa);
}

TEST(SelfSigned, IsAnotherOneEachTime) {
  EXPECT_NE(make_self_signed(local_names)->fingerprint(), make_self_signed(local_names)->fingerprint());
}

TEST(SelfSigned, NeedsNames) {
  for (const std::vector<std::string>& names : {std::vector<std::string>{}, {""}, {"a.example,DNS:b.example"}}) {
    const auto made = make_self_signed(names);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Code::generation);
  }
}

}  // namespace

}  // namespace simplon::tls
