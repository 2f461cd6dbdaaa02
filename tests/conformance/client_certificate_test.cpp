// Mutual TLS on a route: who is let in, and what the backend is told of them.
#include "net/proxy_protocol.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"

#include <fstream>
#include <future>
#include <variant>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::GatewayClient;
using test::StreamSocket;
using test::TestCertificate;

using Names = std::vector<std::string>;

class MutualTlsRoute : public testing::TestWithParam<int> {
 protected:
  MutualTlsRoute() { write_authorities(alice_.chain_pem); }

  void write_authorities(const std::string& pem) const { std::ofstream(folder_.path() / "clients.pem") << pem; }

  // A route of mutual TLS with these keys, and `more` routes behind it.
  [[nodiscard]] std::string route(const std::string& keys, const std::string& more = {}) const {
    return std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\nclient_ca = \"" +
           (folder_.path() / "clients.pem").string() + "\"\n" + keys + "\n" + more;
  }
  [[nodiscard]] test::TlsClientOptions client(const Names& names, const TestCertificate* certificate,
                                              const test::Session& session = {}) const {
    auto options = test::client_options(GetParam(), names);
    if (certificate != nullptr) options.certificate = *certificate;
    options.session = session;
    return options;
  }
  // The HTTP request that a backend gets for this one.
  std::string forwarded(const std::string& request, const TestCertificate* certificate) {
    std::promise<std::string> seen;
    test::TestBackend application([&](StreamSocket& stream) {
      std::string head;
      for (test::Received some; !head.contains("\r\n\r\n") && some.end == test::StreamEnd::open;)
        head += (some = stream.read_some()).bytes;
      seen.set_value(head);
      stream.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    });
    test::RunningGateway gateway(route("http = \"http://" + application.address() + "\""));
    GatewayClient connected(gateway, client({"http/1.1"}, certificate));
    if (!connected.tls.handshake() || !connected.tls.write(request)) return "failed: " + connected.tls.error();
    return seen.get_future().get();
  }

  // Self-signed, so its own authority.
  const TestCertificate alice_ = test::make_test_certificate({.common_name = "alice 100%"});
  test::Recording recording_;
  test::TestBackend backend_{recording_.serve()};

 private:
  test::TemporaryFolder folder_;
};

TEST_P(MutualTlsRoute, TellsTheBackendInThePROXYHeader) {
  test::RunningGateway gateway(route("tcp = \"" + backend_.address() + "\"\nsend_proxy = \"v2\""));
  test::Session session;
  for (const bool resumed : {false, true}) {
    GatewayClient connected(gateway, client({"mqtt"}, &alice_, session));
    ASSERT_TRUE(connected.tls.handshake() && connected.tls.write("hi")) << connected.tls.error();
    EXPECT_EQ(connected.tls.resumed(), resumed);
    connected.tls.shutdown();
    connected.tls.read(1);  // to the end, the session with it
    session = connected.tls.session();
    const std::string got = recording_.next().bytes;
    const auto progress = net::read_proxy_header(as_bytes(got));
    ASSERT_TRUE(progress && std::holds_alternative<net::ProxyHeader>(*progress));
    const auto& ssl = std::get<net::ProxyHeader>(*progress).details.ssl;
    ASSERT_TRUE(ssl);
    const int client_bits = net::ProxySsl::over_tls | net::ProxySsl::certificate_in_session |
                            (resumed ? 0 : net::ProxySsl::certificate_now);
    EXPECT_EQ(ssl->client, client_bits);
    EXPECT_EQ(ssl->verify, 0U);
    EXPECT_EQ(ssl->common_name, "alice 100%");
  }
}

// A header has its limits; part of a name would be another name.
TEST_P(MutualTlsRoute, LeavesANameOutThatNoHeaderHolds) {
  const TestCertificate endless = test::make_test_certificate({.common_name = std::string(20'000, 'a')});
  write_authorities(endless.chain_pem);
  test::RunningGateway gateway(route("tcp = \"" + backend_.address() + "\"\nsend_proxy = \"v2\""));
  GatewayClient connected(gateway, client({"mqtt"}, &endless));
  ASSERT_TRUE(connected.tls.handshake() && connected.tls.write("hi")) << connected.tls.error();
  connected.tls.shutdown();
  const std::string got = recording_.next().bytes;
  const auto progress = net::read_proxy_header(as_bytes(got));
  ASSERT_TRUE(progress && std::holds_alternative<net::ProxyHeader>(*progress));
  const auto& ssl = std::get<net::ProxyHeader>(*progress).details.ssl;
  ASSERT_TRUE(ssl);
  EXPECT_EQ(ssl->verify, 0U);
  EXPECT_FALSE(ssl->common_name);
}

TEST_P(MutualTlsRoute, TellsTheBackendInEveryRequest) {
  const std::string seen = forwarded(
      "GET / HTTP/1.1\r\nHost: app.example.com\r\nX-SSL-Client-CN: root\r\nX_SSL_Client_CN: root\r\n"
      "Client-Cert: :AAAA:\r\nConnection: close, client-cert\r\n\r\n",
      &alice_);
  EXPECT_TRUE(seen.contains("\r\nx-ssl-client-cn: alice 100%25\r\n")) << seen;
  // The body of the PEM block is the same Base64, in lines.
  std::string body = alice_.chain_pem.substr(alice_.chain_pem.find('\n'));
  body.resize(body.find("-----END"));
  std::erase(body, '\n');
  EXPECT_TRUE(seen.contains("\r\nclient-cert: :" + body + ":\r\n")) << seen;
  EXPECT_FALSE(seen.contains("root")) << seen;
  EXPECT_FALSE(seen.contains("AAAA:")) << seen;
}

TEST_P(MutualTlsRoute, LetsNobodyInWithout) {
  test::RunningGateway gateway(route("tcp = \"" + backend_.address() + "\""));
  const TestCertificate stranger = test::make_test_certificate({.common_name = "alice 100%"});
  for (const TestCertificate* const certificate : {static_cast<const TestCertificate*>(nullptr), &stranger}) {
    std::optional<std::uint8_t> alert;
    {
      GatewayClient connected(gateway, client({"mqtt"}, certificate));
      connected.tls.handshake();
      EXPECT_EQ(connected.tls.read(1), "");
      alert = connected.tls.alert_received();
    }
    EXPECT_TRUE(alert);
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(record.reason, record::Reason::client_certificate);
    EXPECT_EQ(record.verdict, record::Verdict::failed);
    EXPECT_EQ(record.alert, alert);
    EXPECT_NE(record.error, "");
  }
  EXPECT_EQ(backend_.dialled(), 0U);
}

// One name and one certificate, and so, but for the policies, one context: what the first route asked of nobody must
// not open the other.
TEST_P(MutualTlsRoute, IsNotEnteredByASessionOfAnotherRoute) {
  test::RunningGateway gateway(
      route("alpn = \"mqtt\"\ntcp = \"" + backend_.address() + "\"", "[[route]]\ninspect = true\n"));
  GatewayClient open(gateway, client({"http/1.1"}, nullptr));
  ASSERT_TRUE(open.tls.handshake() && open.tls.write("GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n"));
  ASSERT_TRUE(open.tls.read(8).starts_with("HTTP/1.1 200"));
  ASSERT_TRUE(open.tls.session());
  GatewayClient closed(gateway, client({"mqtt"}, nullptr, open.tls.session()));
  closed.tls.handshake();
  EXPECT_EQ(closed.tls.read(1), "");
  EXPECT_EQ(closed.tls.alert_received(), GetParam() == TLS1_3_VERSION ? 116 : 40);
  EXPECT_FALSE(closed.tls.resumed());
}

// RFC 9110 §7.4: the connection was not made for that host, and the client never showed what that host demands.
TEST_P(MutualTlsRoute, IsNotEnteredByAnotherHostsConnection) {
  const std::string http = "http = \"http://" + backend_.address() + "\"\n";
  test::RunningGateway gateway(route("sni = \"secret.example.com\"\n" + http, "[[route]]\n" + http));
  GatewayClient connected(gateway, client({"http/1.1"}, nullptr));
  ASSERT_TRUE(connected.tls.handshake());
  ASSERT_TRUE(connected.tls.write("GET / HTTP/1.1\r\nHost: secret.example.com\r\n\r\n"));
  EXPECT_TRUE(connected.tls.read(12).starts_with("HTTP/1.1 421"));
  EXPECT_EQ(backend_.dialled(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Tls, MutualTlsRoute, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2"; });

}  // namespace

}  // namespace simplon
