// The tls-alpn-01 challenge (RFC 8737 §3), answered from a folder.
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::GatewayClient;

using Names = std::vector<std::string>;

class Acme : public testing::TestWithParam<int> {
 protected:
  // The configuration names no certificate: none is needed for challenges alone.
  [[nodiscard]] std::string configure() const {
    return std::string(test::listen_table) + "[[route]]\nacme_dir = \"" + folder_.path().string() + "\"\n";
  }
  void put(const std::string& name, const test::TestCertificate& certificate) const {
    std::ofstream(folder_.path() / (name + ".crt.pem")) << certificate.chain_pem;
    std::ofstream(folder_.path() / (name + ".key.pem")) << certificate.key_pem;
  }
  [[nodiscard]] static test::TlsClientOptions options(const Names& names) {
    return test::client_options(GetParam(), names);
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_P(Acme, AnswersWithTheCertificateForTheNameAndCloses) {
  test::RunningGateway gateway(configure());
  put("app.example.com", test::make_test_certificate({.names = {"app.example.com"}, .common_name = "challenge"}));
  GatewayClient client(gateway, options({"acme-tls/1"}));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_EQ(client.tls.selected(), "acme-tls/1");
  EXPECT_EQ(client.tls.peer_names(), Names{"app.example.com"});
  EXPECT_EQ(client.tls.read(1), "");
  EXPECT_TRUE(client.tls.close_notify_received());
  client.socket.close();
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.action, "acme_dir");
  EXPECT_EQ(record.selected, "acme-tls/1");
  EXPECT_EQ(name_of(record.reason), "");
}

TEST_P(Acme, SeesAChallengeOnlyAsLongAsItIsThere) {
  test::RunningGateway gateway(configure());
  GatewayClient early(gateway, options({"acme-tls/1"}));
  EXPECT_FALSE(early.tls.handshake());
  EXPECT_EQ(early.tls.alert_received(), 112);  // unrecognized_name
  EXPECT_EQ(name_of(gateway.next_record().reason), "no_challenge");
  put("app.example.com", test::make_test_certificate({.names = {"app.example.com"}}));
  GatewayClient later(gateway, options({"acme-tls/1"}));
  EXPECT_TRUE(later.tls.handshake()) << later.tls.error();
}

TEST_P(Acme, TakesNoOtherOffer) {
  test::RunningGateway gateway(configure());
  put("app.example.com", test::make_test_certificate({.names = {"app.example.com"}}));
  for (const Names& offer : {Names{"h2"}, Names{"acme-tls/1", "h2"}, Names{"acme-tls/1", "acme-tls/1"}}) {
    GatewayClient client(gateway, options(offer));
    EXPECT_FALSE(client.tls.handshake());
    EXPECT_EQ(client.tls.alert_received(), 120);
  }
}

TEST_P(Acme, LooksNowhereElse) {
  test::RunningGateway gateway(configure());
  put("app.example.com", test::make_test_certificate({.names = {"app.example.com"}}));
  for (const std::string& name :
       std::vector<std::string>{"../app.example.com", "app.example.com/../app.example.com", "a/b", "127.0.0.1"}) {
    test::TlsClientOptions asking = options({"acme-tls/1"});
    asking.server_name = name;
    GatewayClient client(gateway, asking);
    EXPECT_FALSE(client.tls.handshake()) << name;
    EXPECT_EQ(name_of(gateway.next_record().reason), "no_challenge") << name;
  }
  test::TlsClientOptions nameless = options({"acme-tls/1"});
  nameless.server_name.reset();
  GatewayClient client(gateway, nameless);
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), 109);  // missing_extension
}

INSTANTIATE_TEST_SUITE_P(Tls, Acme, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_2_VERSION ? "tls_1_2" : "tls_1_3"; });

}  // namespace

}  // namespace simplon
