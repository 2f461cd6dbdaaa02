// End-to-end negotiation: the backend is asked first, and the client gets what it selects.
#include "support/round_trip.hpp"
#include "support/tls_backend.hpp"

#include <ostream>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::GatewayClient;
using test::Heard;
using test::TlsBackend;

using Names = std::vector<std::string>;
using Offer = std::optional<Names>;

std::string route(const std::string& backend, const std::string& keys = "") {
  return "[[route]]\ntls = \"" + backend + "\"\nmirror = true\nverify = false\n" + keys;
}

std::string configure(const std::string& routes, const std::string& before = "", const std::string& listener = "") {
  return before + std::string(test::listen_table) + listener + std::string(test::certificate_table) + routes;
}

test::TlsBackendOptions selecting(std::optional<std::string> answer) {
  test::TlsBackendOptions options;
  options.certificate = test::app_certificate();
  options.select = [answer = std::move(answer)](const Names&) { return answer; };
  return options;
}

// A GREASE name (RFC 8701).
const std::string grease = "\x2a\x2a";

struct Passing {
  const char* what;
  std::string alpn;  ///< of the route
  Offer client;
  Offer backend;  ///< what it is offered
  std::optional<std::string> answer;
};

void PrintTo(const Passing& row, std::ostream* out) { *out << row.what; }

class MirroredList : public testing::TestWithParam<Passing> {};

TEST_P(MirroredList, GoesToTheBackendAndItsAnswerToTheClient) {
  const Passing& row = GetParam();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    TlsBackend backend(selecting(row.answer));
    test::RunningGateway gateway(configure(route(backend.address(), row.alpn)));
    {
      GatewayClient client(gateway, test::client_options(version, row.client));
      ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
      EXPECT_EQ(client.tls.read(2), "hi");
      EXPECT_EQ(client.tls.selected(), row.answer);
    }
    const Heard heard = backend.next();
    EXPECT_EQ(heard.offered, row.backend);
    EXPECT_EQ(heard.server_name, "app.example.com");
    EXPECT_EQ(gateway.next_record().selected.has_value(), row.answer.has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Mirror, MirroredList,
    testing::Values(
        Passing{"as it is", "", Names{"http/1.1", "h2"}, Names{"http/1.1", "h2"}, "h2"},
        Passing{"private names", "", Names{"acme.example/7", "x"}, Names{"acme.example/7", "x"}, "x"},
        Passing{"postgresql", "", Names{"postgresql"}, Names{"postgresql"}, "postgresql"},
        Passing{"mqtt", "alpn = [\"mqtt\", \"h2\"]\n", Names{"h2", "mqtt"}, Names{"h2", "mqtt"}, "mqtt"},
        Passing{"without what the route leaves out", "alpn = [\"h2\", \"http/1.1\"]\n",
                Names{"spdy/3", "http/1.1", "h2"}, Names{"http/1.1", "h2"}, "http/1.1"},
        Passing{"without GREASE", "", Names{grease, "h2"}, Names{"h2"}, "h2"},                          // RFC 8701 §3.1
        Passing{"without h2c", "", Names{"h2c", "http/1.1"}, Names{"http/1.1"}, "http/1.1"},            // RFC 9113 §3.2
        Passing{"without acme-tls/1 beside others", "", Names{"acme-tls/1", "h2"}, Names{"h2"}, "h2"},  // RFC 8737 §3
        Passing{"acme-tls/1 alone", "", Names{"acme-tls/1"}, Names{"acme-tls/1"}, "acme-tls/1"},
        Passing{"each name once", "", Names{"h2", "h2", "x", "h2"}, Names{"h2", "x"}, "x"},
        Passing{"no list", "", std::nullopt, std::nullopt, std::nullopt},
        Passing{"an offer without an answer", "", Names{"h2"}, Names{"h2"}, std::nullopt}));

TEST(Mirror, TakesNoOfferOfWhichNothingIsLeft) {
  for (const Names& offer : {Names{grease}, Names{"h2c"}, Names{"h2c", "acme-tls/1", grease}}) {
    TlsBackend backend(selecting("h2"));
    test::RunningGateway gateway(configure(route(backend.address())));
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, offer));
    EXPECT_FALSE(client.tls.handshake());
    EXPECT_EQ(client.tls.alert_received(), 120);
    EXPECT_EQ(name_of(gateway.next_record().reason), "no_common_protocol");
    EXPECT_EQ(backend.dialled(), 0U);
  }
}

TEST(Mirror, LeavesThatOfferToTheNextRoute) {
  TlsBackend backend(selecting("h2"));
  TlsBackend other(selecting(std::nullopt));
  test::RunningGateway gateway(
      configure(route(backend.address()) + "[[route]]\ntls = \"" + other.address() + "\"\nverify = false\n"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{grease}));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_EQ(client.tls.read(2), "hi");
  EXPECT_EQ(backend.dialled(), 0U);
}

// A suite of RFC 9113 Appendix A forbids h2 on the client's side, whatever the backend could do.
TEST(Mirror, OffersNoH2WhereTheClientsTlsForbidsIt) {
  TlsBackend backend(selecting("http/1.1"));
  test::RunningGateway gateway(configure(route(backend.address())));
  test::TlsClientOptions options = test::client_options(TLS1_2_VERSION, Names{"h2", "http/1.1"});
  options.ciphers_1_2 = "ECDHE-ECDSA-AES128-SHA";
  GatewayClient client(gateway, options);
  static_cast<void>(client.tls.handshake());  // we have no such suite; the backend has been asked by then
  EXPECT_EQ(backend.next().offered, Names{"http/1.1"});
}

struct Failing {
  const char* what;
  bool refuses;
  std::optional<std::string> answer;
  int alert;
  const char* reason;
};

void PrintTo(const Failing& row, std::ostream* out) { *out << row.what; }

class MirroredFailure : public testing::TestWithParam<Failing> {};

TEST_P(MirroredFailure, IsToldToTheClientBeforeAnyHandshake) {
  const Failing& row = GetParam();
  test::TlsBackendOptions options = selecting(row.answer);
  options.refuses = row.refuses;
  TlsBackend backend(options);
  // No other route is tried once the backend has answered.
  TlsBackend other(selecting("h2"));
  test::RunningGateway gateway(configure(route(backend.address()) + route(other.address())));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2"}));
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), row.alert);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), row.reason);
  EXPECT_EQ(record.alert, row.alert);
  EXPECT_EQ(other.dialled(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Mirror, MirroredFailure,
                         testing::Values(Failing{"refused with 120", true, "h2", 120, "backend_protocol"},
                                         Failing{"answered what was not offered", false, "x", 80, "backend_protocol"}));

TEST(Mirror, TellsThatTheBackendIsDown) {
  const test::ClosedPort closed;
  test::RunningGateway gateway(configure(route(closed.address())));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2"}));
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), 80);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_unreachable");
  EXPECT_EQ(record.backend, closed.address());
}

TEST(Mirror, TellsThatTheBackendIsNotTrusted) {
  TlsBackend backend(selecting("h2"));
  test::RunningGateway gateway(configure("[[route]]\ntls = \"" + backend.address() + "\"\nmirror = true\n"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2"}));
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), 80);
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_certificate");
}

// One deadline for both handshakes.
TEST(Mirror, WaitsNoLongerThanForOneHandshake) {
  test::TestBackend silent([](test::StreamSocket& stream) { static_cast<void>(stream.read_to_end()); });
  test::RunningGateway gateway(configure(route(silent.address()), "[limits]\nhandshake_timeout = \"300ms\"\n"));
  GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"h2"}));
  EXPECT_FALSE(client.tls.handshake());
  EXPECT_EQ(client.tls.alert_received(), 80);
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_timeout");
}

// Past a mismatch nobody negotiates: neither does the backend.
TEST(Mirror, OffersNothingPastAMismatch) {
  TlsBackend backend(selecting("h2"));
  test::RunningGateway gateway(
      configure(route(backend.address(), "alpn = [\"h2\", \"none\"]\n"), "", "mismatch = \"ignore\"\n"));
  {
    GatewayClient client(gateway, test::client_options(TLS1_3_VERSION, Names{"spdy/3"}));
    ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
    EXPECT_EQ(client.tls.read(2), "hi");
    EXPECT_EQ(client.tls.selected(), std::nullopt);
  }
  EXPECT_EQ(backend.next().offered, std::nullopt);
}

}  // namespace

}  // namespace simplon
