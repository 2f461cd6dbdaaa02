// What routes demand of TLS: suites and groups, and sessions that stay under what they were made under.
#include "support/temporary_folder.hpp"
#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <algorithm>
#include <fstream>

namespace simplon::tls {

namespace {

using test::TlsClientOptions;

const Certificate& certificate() {
  static const Certificate made = make_certificate({"app.example.com"});
  return made;
}

TlsClientOptions options_for(int version) {
  TlsClientOptions options;
  options.min_version = options.max_version = version;
  options.server_name = "app.example.com";
  return options;
}

struct Row {
  const char* what;
  Settings settings;
  int version;
  const char* cipher;  // what is negotiated; null: the handshake fails
};

class Suites : public testing::TestWithParam<Row> {};

TEST_P(Suites, AreTheOnesListed) {
  const Row& row = GetParam();
  const bool chooses_of_1_3 =
      std::ranges::any_of(row.settings.ciphers, [](const std::string& name) { return name.starts_with("TLS_"); });
  if (chooses_of_1_3 && test::tls_library == test::TlsLibrary::boringssl) {
    GTEST_SKIP() << "BoringSSL lets nobody choose among the suites of TLS 1.3";
  }
  if (std::string_view(row.what) == "our_order_1_3" && test::tls_library == test::TlsLibrary::aws_lc) {
    GTEST_SKIP() << "AWS-LC goes by the client's order of the suites of TLS 1.3";
  }
  const auto store = make_store({certificate()}, row.settings);
  const auto options = options_for(row.version);
  TlsPair pair(store, options, decided_on(options));
  EXPECT_EQ(pair.handshake(), row.cipher != nullptr) << pair.server.error();
  if (row.cipher != nullptr) {
    EXPECT_EQ(pair.client.cipher(), row.cipher);
  }
}

constexpr const char* ecdsa_aes_256 = "ECDHE-ECDSA-AES256-GCM-SHA384";
constexpr const char* ecdsa_chacha = "ECDHE-ECDSA-CHACHA20-POLY1305";
constexpr const char* aes_256 = "TLS_AES_256_GCM_SHA384";
constexpr const char* chacha = "TLS_CHACHA20_POLY1305_SHA256";

INSTANTIATE_TEST_SUITE_P(
    Tls, Suites,
    testing::Values(Row{"one_each_1_2", {.ciphers = {aes_256, ecdsa_chacha}}, TLS1_2_VERSION, ecdsa_chacha},
                    Row{"one_each_1_3", {.ciphers = {aes_256, ecdsa_chacha}}, TLS1_3_VERSION, aes_256},
                    // The client prefers AES.
                    Row{"our_order_1_3", {.ciphers = {chacha, aes_256}}, TLS1_3_VERSION, chacha},
                    Row{"our_order_1_2", {.ciphers = {ecdsa_chacha, ecdsa_aes_256}}, TLS1_2_VERSION, ecdsa_chacha},
                    Row{"only_1_3", {.ciphers = {aes_256}}, TLS1_2_VERSION, nullptr},
                    Row{"only_1_2", {.ciphers = {ecdsa_aes_256}}, TLS1_3_VERSION, nullptr},
                    Row{"other_key", {.ciphers = {"ECDHE-RSA-AES128-GCM-SHA256"}}, TLS1_2_VERSION, nullptr}),
    [](const auto& each) { return each.param.what; });

TEST(FixedSuites, ThatTheLibraryLetsNobodyChooseAreRefused) {
  if (test::tls_library != test::TlsLibrary::boringssl) GTEST_SKIP() << "this library lets one choose";
  const auto made = ContextStore::build(std::span(&certificate(), 1), {.ciphers = {aes_256, ecdsa_aes_256}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, CertificateError::Code::refused);
  EXPECT_NE(made.error().message.find("lets nobody choose"), std::string::npos) << made.error().message;
}

TEST(Groups, AreTheOnesListed) {
  const auto store = make_store({certificate()}, {.groups = {"P-384"}});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto options = options_for(version);
    TlsPair pair(store, options, decided_on(options));
    ASSERT_TRUE(pair.handshake()) << pair.server.error();
    EXPECT_EQ(pair.server.negotiated().group, "secp384r1");
  }
}

TEST(Groups, ThatTheLibraryLacksAreRefusedByName) {
  const auto made = ContextStore::build(std::span(&certificate(), 1), {.groups = {"X25519", "no-such-group"}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, CertificateError::Code::refused);
  EXPECT_NE(made.error().message.find("X25519:no-such-group"), std::string::npos) << made.error().message;
}

// Has tickets of `from` be good tickets at `to`, as they are where gateways share their keys.
void share_ticket_keys(const ContextStore& from, const ContextStore& to) {
  // Libraries differ in how long they are, and tell who asks for none.
  const long size = SSL_CTX_get_tlsext_ticket_keys(from.find(std::nullopt).native(), nullptr, 0);
  ASSERT_GT(size, 0);
  std::vector<unsigned char> keys(static_cast<std::size_t>(size));
  ASSERT_EQ(SSL_CTX_get_tlsext_ticket_keys(from.find(std::nullopt).native(), keys.data(), keys.size()), 1);
  ASSERT_EQ(SSL_CTX_set_tlsext_ticket_keys(to.find(std::nullopt).native(), keys.data(), keys.size()), 1);
}

class SharedKeys : public EveryVersion {
 protected:
  // Whether a session made at a route with `first` resumes at one with `second`.
  bool resumes(const Settings& first, const Settings& second) {
    const auto from = make_store({certificate()}, first);
    const auto to = make_store({certificate()}, second);
    share_ticket_keys(from, to);
    auto options = EveryVersion::options();
    options.certificate = client_;
    TlsPair begun(from, options, decided_on(options));
    EXPECT_TRUE(begun.handshake()) << begun.server.error();
    EXPECT_TRUE(begun.echo("and every ticket"));
    options.session = begun.client.session();
    TlsPair pair(to, options, decided_on(options));
    EXPECT_TRUE(pair.handshake()) << pair.server.error();
    return pair.client.resumed();
  }
  Settings demanding(const std::string& file, const std::string& authorities_pem) {
    const auto path = folder_.path() / file;
    std::ofstream(path) << authorities_pem;
    return {.client_authorities = path};
  }
  const test::TestCertificate client_ = test::make_test_certificate({.common_name = "alice"});

 private:
  test::TemporaryFolder folder_;
};

TEST_P(SharedKeys, ResumeWhatWasMadeUnderTheSamePolicy) {
  EXPECT_TRUE(resumes({}, {}));
  EXPECT_TRUE(resumes({.groups = {"P-256"}}, {.groups = {"P-256"}}));
  // What counts is who may issue certificates, not the file that says so.
  EXPECT_TRUE(resumes(demanding("a.pem", client_.chain_pem), demanding("b.pem", client_.chain_pem)));
}

TEST_P(SharedKeys, DoNotLetAClientInWhoseCertificateWasNeverSeen) {
  EXPECT_FALSE(resumes({}, demanding("a.pem", client_.chain_pem)));
}

TEST_P(SharedKeys, DoNotLetAClientInByACertificateOfOtherAuthorities) {
  const auto bob = test::make_test_certificate({.common_name = "bob"});
  EXPECT_FALSE(resumes(demanding("a.pem", client_.chain_pem), demanding("b.pem", client_.chain_pem + bob.chain_pem)));
  EXPECT_FALSE(resumes(demanding("a.pem", client_.chain_pem), {}));
}

TEST_P(SharedKeys, DoNotResumeUnderOtherSuitesOrGroups) {
  // Those of TLS 1.2 alone where the library lets nobody choose among the others.
  const bool chooses = test::tls_library != test::TlsLibrary::boringssl;
  const Settings stricter{.ciphers = chooses ? std::vector<std::string>{aes_256, ecdsa_aes_256}
                                             : std::vector<std::string>{ecdsa_aes_256}};
  if (chooses || GetParam() == TLS1_2_VERSION) {
    EXPECT_FALSE(resumes({}, stricter));
    EXPECT_FALSE(resumes(stricter, {}));
  }
  EXPECT_FALSE(resumes({}, {.groups = {"P-384"}}));
  // The order is part of what is demanded.
  EXPECT_FALSE(resumes({.groups = {"P-384", "P-256"}}, {.groups = {"P-256", "P-384"}}));
}

INSTANTIATE_TEST_SUITE_P(Tls, SharedKeys, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
