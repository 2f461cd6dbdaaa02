// What a handshake with the gateway brings: the name selected, where it stands, and what it costs.
#include "support/round_trip.hpp"
#include "support/test_backend.hpp"

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon {

namespace {

using test::client_options;
using test::GatewayClient;

using Names = std::vector<std::string>;

std::string start_of_config(const std::string& more = "") {
  return std::string(test::listen_table) + more + std::string(test::certificate_table);
}

std::string route(const std::string& keys, const test::TestBackend& backend) {
  return "[[route]]\n" + keys + "tcp = \"" + backend.address() + "\"\n";
}

// How many segments with data the client has sent: its flights, where each fits into one.
std::uint32_t flights(const test::StreamSocket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  ::getsockopt(socket.descriptor(), IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_data_segs_out;
}

class Negotiation : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static test::TlsClientOptions offer(const std::optional<Names>& names) {
    return client_options(GetParam(), names);
  }
  // The name that a client gets from `gateway`, "-" for none.
  static std::string ask(test::RunningGateway& gateway, const test::TlsClientOptions& options) {
    GatewayClient client(gateway, options);
    if (!client.tls.handshake()) return "failed: " + client.tls.error();
    EXPECT_TRUE(client.tls.write("ping"));
    EXPECT_EQ(client.tls.read(4), "ping");
    client.tls.shutdown();
    static_cast<void>(client.tls.read(1));
    return client.tls.selected().value_or("-");
  }
  static std::string ask(test::RunningGateway& gateway, const std::optional<Names>& names) {
    return ask(gateway, offer(names));
  }
  test::TestBackend backend{test::echo};
};

// RFC 7301 §3.1, §3.2: exactly one name, in ServerHello, or in EncryptedExtensions (RFC 8446 §4.3.1), in the handshake
// that takes place anyway.
TEST_P(Negotiation, AnswersInTheSameHandshake) {
  test::RunningGateway gateway(start_of_config() + route("alpn = [\"h2\", \"http/1.1\"]\n", backend));
  GatewayClient client(gateway, offer(Names{"http/1.1", "h2"}));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  ASSERT_TRUE(client.tls.answer());
  using Message = test::TlsClient::Answer::Message;
  EXPECT_EQ(client.tls.answer()->message,
            GetParam() == TLS1_3_VERSION ? Message::encrypted_extensions : Message::server_hello);
  EXPECT_EQ(client.tls.answer()->body, std::string("\0\3\2h2", 5));
  EXPECT_EQ(client.tls.hello_retries(), 0);
  EXPECT_EQ(flights(client.socket), 2U);
  client.tls.shutdown();
  EXPECT_EQ(client.tls.read(1), "");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.verdict, record::Verdict::terminated);
  EXPECT_EQ(record.selected, "h2");
  EXPECT_EQ(record.offered, (Names{"http/1.1", "h2"}));
  EXPECT_EQ(record.tls, GetParam() == TLS1_3_VERSION ? "1.3" : "1.2");
  EXPECT_NE(record.cipher, "");
  EXPECT_FALSE(record.resumed);
  EXPECT_EQ(record.server_name, "app.example.com");
  EXPECT_NE(record.ja4, "");
  EXPECT_TRUE(record.hello && record.handshake);
}

TEST_P(Negotiation, PrefersInTheOrderOfTheFile) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"h2\"\n", backend) +
                               route("alpn = [\"http/1.1\", \"http/1.0\"]\n", backend));
  EXPECT_EQ(ask(gateway, Names{"http/1.0", "http/1.1", "h2"}), "h2");
  EXPECT_EQ(ask(gateway, Names{"http/1.0", "http/1.1"}), "http/1.1");
  EXPECT_EQ(ask(gateway, Names{"http/1.0"}), "http/1.0");
}

TEST_P(Negotiation, PrefersInTheOrderOfTheClientWhereToldSo) {
  test::RunningGateway gateway(start_of_config("order = \"client\"\n") + route("alpn = \"h2\"\n", backend) +
                               route("alpn = [\"http/1.1\", \"http/1.0\"]\n", backend));
  EXPECT_EQ(ask(gateway, Names{"x", "http/1.0", "http/1.1", "h2"}), "http/1.0");
  EXPECT_EQ(ask(gateway, Names{"http/1.1", "h2"}), "http/1.1");
  EXPECT_EQ(ask(gateway, Names{"h2", "http/1.1"}), "h2");
}

// RFC 7301 §3.1: a server answers no client that did not ask.
TEST_P(Negotiation, SelectsNothingForAClientWithoutOffer) {
  test::RunningGateway gateway(start_of_config() + route("alpn = [\"h2\", \"none\"]\n", backend));
  EXPECT_EQ(ask(gateway, std::nullopt), "-");
  const record::Connection record = gateway.next_record();
  EXPECT_FALSE(record.offered);
  EXPECT_FALSE(record.selected);
}

TEST_P(Negotiation, SelectsNothingOnARouteForEverybody) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"*\"\n", backend));
  EXPECT_EQ(ask(gateway, Names{"h2"}), "-");
  EXPECT_EQ(ask(gateway, Names{"unheard-of"}), "-");
  EXPECT_EQ(ask(gateway, std::nullopt), "-");
}

TEST_P(Negotiation, KeepsAnOldClientFromARouteForTls13) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"h2\"\nmin_tls = \"1.3\"\n", backend) +
                               route("alpn = \"http/1.1\"\n", backend));
  EXPECT_EQ(ask(gateway, Names{"h2", "http/1.1"}), GetParam() == TLS1_3_VERSION ? "h2" : "http/1.1");
}

// The decision was made on what the client offers, so nobody may talk the handshake down afterwards.
TEST_P(Negotiation, SpeaksTheHighestVersionOfBoth) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"h2\"\n", backend));
  auto options = offer(Names{"h2"});
  options.min_version = TLS1_2_VERSION;
  EXPECT_EQ(ask(gateway, options), "h2");
  EXPECT_EQ(gateway.next_record().tls, GetParam() == TLS1_3_VERSION ? "1.3" : "1.2");
}

TEST_P(Negotiation, PicksTheCertificateByName) {
  test::RunningGateway gateway(
      start_of_config() + std::string(test::certificate_table) + route("", backend),
      {.certificates = {test::app_certificate(), test::make_test_certificate({.names = {"*.wild.example"}})}});
  auto options = offer(Names{"h2"});
  GatewayClient first(gateway, options);
  ASSERT_TRUE(first.tls.handshake()) << first.tls.error();
  EXPECT_EQ(first.tls.peer_names(), Names{"app.example.com"});
  options.server_name = "A.Wild.example.";
  GatewayClient second(gateway, options);
  ASSERT_TRUE(second.tls.handshake()) << second.tls.error();
  EXPECT_EQ(second.tls.peer_names(), Names{"*.wild.example"});
  options.server_name = "a.b.wild.example";
  GatewayClient third(gateway, options);
  ASSERT_TRUE(third.tls.handshake()) << third.tls.error();
  EXPECT_EQ(third.tls.peer_names(), Names{"app.example.com"});
}

// RFC 8446 §4.1.2: after HelloRetryRequest the offer is the same.
TEST(NegotiationAfterRetry, EndsOnAnotherOffer) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(start_of_config() + route("alpn = [\"h2\", \"http/1.1\", \"none\"]\n", backend));
  for (const std::string& second : {test::alpn_wire({"http/1.1"}), test::alpn_wire({"h2", "x"}), std::string()}) {
    auto options = client_options(TLS1_3_VERSION, Names{"h2"});
    options.groups = "P-521:P-256";  // the key share is for the first, which the gateway does not take
    options.on_server_hello = [&](SSL& ssl) { static_cast<void>(test::set_alpn(ssl, second)); };
    GatewayClient client(gateway, options);
    EXPECT_FALSE(client.tls.handshake() && client.tls.write("x") && client.tls.read(1) == "x");
    EXPECT_EQ(client.tls.hello_retries(), 1);
    ASSERT_TRUE(client.tls.alert_received());
    EXPECT_TRUE(*client.tls.alert_received() == 47 || *client.tls.alert_received() == 120);
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(name_of(record.reason), "negotiation_changed");
    EXPECT_EQ(record.alert, client.tls.alert_received());
    EXPECT_EQ(record.verdict, record::Verdict::failed);
  }
  EXPECT_EQ(backend.dialled(), 0U);
}

TEST(NegotiationAfterRetry, GoesOnWithTheSameOffer) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(start_of_config() + route("alpn = \"h2\"\n", backend));
  auto options = client_options(TLS1_3_VERSION, Names{"h2"});
  options.groups = "P-521:P-256";
  GatewayClient client(gateway, options);
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_EQ(client.tls.hello_retries(), 1);
  EXPECT_EQ(client.tls.selected(), "h2");
}

class Resumption : public Negotiation {
 protected:
  // A session from a first connection.
  static test::Session session_from(test::RunningGateway& gateway, const test::TlsClientOptions& options) {
    GatewayClient client(gateway, options);
    EXPECT_TRUE(client.tls.handshake()) << client.tls.error();
    // In TLS 1.3 the ticket comes with the first bytes.
    EXPECT_TRUE(client.tls.write("ping"));
    EXPECT_EQ(client.tls.read(4), "ping");
    client.tls.shutdown();
    static_cast<void>(client.tls.read(1));
    EXPECT_TRUE(client.tls.session());
    static_cast<void>(gateway.next_record());
    return client.tls.session();
  }
};

// RFC 7301 §3.1: "the session's protocol is irrelevant".
TEST_P(Resumption, SelectsAnew) {
  test::RunningGateway gateway(start_of_config() + route("alpn = [\"h2\", \"http/1.1\", \"none\"]\n", backend));
  auto options = offer(Names{"h2"});
  options.session = session_from(gateway, options);
  options.alpn = test::alpn_wire({"http/1.1"});
  EXPECT_EQ(ask(gateway, options), "http/1.1");
  record::Connection record = gateway.next_record();
  EXPECT_TRUE(record.resumed);
  EXPECT_EQ(record.selected, "http/1.1");
  options.alpn = test::alpn_wire({"h2"});
  options.session = nullptr;
  options.session = session_from(gateway, options);  // a TLS 1.3 ticket is for one connection (RFC 8446 §C.4)
  options.alpn = std::nullopt;
  EXPECT_EQ(ask(gateway, options), "-");
  record = gateway.next_record();
  EXPECT_TRUE(record.resumed);
  EXPECT_FALSE(record.selected);
}

// RFC 7301 §3.2: a session does not excuse from having a protocol in common.
TEST_P(Resumption, DoesNotSaveAClientWithoutOverlap) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"h2\"\n", backend));
  auto options = offer(Names{"h2"});
  options.session = session_from(gateway, options);
  options.alpn = test::alpn_wire({"foo"});
  GatewayClient client(gateway, options);
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), 120);
}

TEST_P(Resumption, DoesNotHappenWithoutTickets) {
  test::RunningGateway gateway("[tls]\ntickets = false\n" + start_of_config() + route("alpn = \"h2\"\n", backend));
  EXPECT_EQ(ask(gateway, Names{"h2"}), "h2");
  GatewayClient client(gateway, offer(Names{"h2"}));
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("ping"));
  EXPECT_EQ(client.tls.read(4), "ping");
  EXPECT_EQ(client.tls.tickets(), 0);
}

// What one route demands, a session from another must not stand for. A TLS 1.2 client can't reach the stricter one.
using ResumptionInTls13 = Resumption;

TEST_P(ResumptionInTls13, DoesNotCrossRoutePolicies) {
  test::RunningGateway gateway(start_of_config() + route("alpn = \"http/1.1\"\n", backend) +
                               route("alpn = \"h2\"\nmin_tls = \"1.3\"\n", backend));
  auto options = offer(Names{"http/1.1"});
  options.session = session_from(gateway, options);
  options.alpn = test::alpn_wire({"h2"});
  EXPECT_EQ(ask(gateway, options), "h2");
  EXPECT_FALSE(gateway.next_record().resumed);
}

std::string version_name(const testing::TestParamInfo<int>& info) {
  return info.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2";
}

INSTANTIATE_TEST_SUITE_P(Tls, Negotiation, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);
INSTANTIATE_TEST_SUITE_P(Tls, ResumptionInTls13, testing::Values(TLS1_3_VERSION), version_name);
INSTANTIATE_TEST_SUITE_P(Tls, Resumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon
