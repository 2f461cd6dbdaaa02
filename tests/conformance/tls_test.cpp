// Re-encrypting: what is negotiated on the one side is what is negotiated on the other, or there is no connection.
#include "support/bulk.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/tls_backend.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::GatewayClient;
using test::Heard;
using test::TlsBackend;

using Names = std::vector<std::string>;
using Offer = std::optional<Names>;

// A route to one backend, whose certificate is trusted unless the keys say otherwise.
class Reencrypting : public testing::Test {
 protected:
  Reencrypting() { write("backend.pem", certificate_.chain_pem); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::string trusting() const { return "ca = \"" + (folder_.path() / "backend.pem").string() + "\"\n"; }
  [[nodiscard]] static std::string route(const std::string& backend, const std::string& keys) {
    return std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\ntls = \"" + backend +
           "\"\n" + keys;
  }
  [[nodiscard]] test::TlsBackendOptions options() const {
    test::TlsBackendOptions made;
    made.certificate = certificate_;
    return made;
  }
  [[nodiscard]] static test::TlsClientOptions client(const Offer& offer, int version = TLS1_3_VERSION) {
    return test::client_options(version, offer);
  }
  // Whether the client came through to the backend.
  static bool greeted(GatewayClient& connected) { return connected.tls.handshake() && connected.tls.read(2) == "hi"; }

  test::TestCertificate certificate_ = test::make_test_certificate({.names = {"app.example.com"}});

 private:
  test::TemporaryFolder folder_;
};

TEST_F(Reencrypting, OffersTheBackendExactlyWhatTheClientGot) {
  TlsBackend backend(options());
  test::RunningGateway gateway(route(backend.address(), trusting() + "alpn = [\"mqtt\", \"h2\"]\n"));
  GatewayClient connected(gateway, client(Names{"h2", "mqtt"}));
  ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  ASSERT_TRUE(connected.tls.write("ping"));
  EXPECT_EQ(connected.tls.read(4), "ping");
  connected.tls.shutdown();
  EXPECT_EQ(connected.tls.read(1), "");
  EXPECT_TRUE(connected.tls.close_notify_received());
  const Heard heard = backend.next();
  EXPECT_EQ(heard.offered, Names{"mqtt"});
  EXPECT_EQ(heard.said, "ping");
  EXPECT_TRUE(heard.close_notify);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "");
  EXPECT_EQ(record.action, "tls");
  EXPECT_EQ(record.selected, "mqtt");
  EXPECT_EQ(record.bytes_in, 4U);
  EXPECT_EQ(record.bytes_out, 6U);
}

TEST_F(Reencrypting, OffersNothingWhereTheClientGotNothing) {
  TlsBackend backend(options());
  test::RunningGateway gateway(route(backend.address(), trusting() + "alpn = [\"h2\", \"none\"]\n"));
  {
    GatewayClient connected(gateway, client(std::nullopt));
    ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  }
  EXPECT_EQ(backend.next().offered, std::nullopt);
}

TEST_F(Reencrypting, TakesNoOtherAnswer) {
  struct Row {
    const char* what;
    std::optional<std::string> answer;
    WireError error;
  };
  for (const std::string& keys : {trusting(), std::string("verify = false\n")})
    for (const Row& row : {Row{"none", std::nullopt, WireError::answer_missing},
                           Row{"not offered", "http/1.1", WireError::answer_not_offered},
                           Row{"another case", "H2", WireError::answer_not_offered}}) {
      SCOPED_TRACE(row.what);
      test::TlsBackendOptions wrong = options();
      wrong.select = [&](const Names&) { return row.answer; };
      TlsBackend backend(wrong);
      test::RunningGateway gateway(route(backend.address(), keys + "alpn = \"h2\"\n"));
      GatewayClient connected(gateway, client(Names{"h2"}));
      ASSERT_TRUE(connected.tls.handshake()) << connected.tls.error();
      EXPECT_EQ(connected.tls.read(1), "");
      EXPECT_FALSE(connected.tls.close_notify_received());  // it must not look finished
      const record::Connection record = gateway.next_record();
      EXPECT_EQ(name_of(record.reason), "backend_protocol");
      EXPECT_EQ(record.verdict, record::Verdict::failed);
      EXPECT_EQ(record.error, "backend: " + std::string(describe(row.error)));
      EXPECT_EQ(record.backend, backend.address());
    }
}

TEST_F(Reencrypting, SaysThatTheBackendRefused) {
  test::TlsBackendOptions refusing = options();
  refusing.refuses = true;
  TlsBackend backend(refusing);
  test::RunningGateway gateway(route(backend.address(), trusting() + "alpn = \"h2\"\n"));
  GatewayClient connected(gateway, client(Names{"h2"}));
  ASSERT_TRUE(connected.tls.handshake());
  EXPECT_EQ(connected.tls.read(1), "");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_protocol");
  EXPECT_NE(record.error.find("120"), std::string::npos) << record.error;
}

TEST_F(Reencrypting, VerifiesTheBackend) {
  struct Row {
    const char* what;
    std::string keys;
    bool accepted;
  };
  const std::string other = write("other.pem", test::make_test_certificate({.names = {"app.example.com"}}).chain_pem);
  for (const Row& row :
       {Row{"by the system's authorities", "", false}, Row{"by another authority", "ca = \"" + other + "\"\n", false},
        Row{"for another name", trusting() + "server_name = \"db.example.com\"\n", false},
        Row{"for the client's name", trusting(), true},
        Row{"for a name of its own", trusting() + "server_name = \"APP.example.com.\"\n", true},
        Row{"not at all", "verify = false\n", true}}) {
    SCOPED_TRACE(row.what);
    TlsBackend backend(options());
    test::RunningGateway gateway(route(backend.address(), row.keys + "alpn = \"h2\"\n"));
    GatewayClient connected(gateway, client(Names{"h2"}));
    EXPECT_EQ(greeted(connected), row.accepted);
    if (row.accepted) continue;
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(name_of(record.reason), "backend_certificate");
    EXPECT_NE(record.error.find("backend: the certificate is refused"), std::string::npos) << record.error;
  }
}

TEST_F(Reencrypting, AsksForTheRightName) {
  struct Row {
    const char* what;
    std::string host;
    std::string keys;
    std::optional<std::string> client_name;
    std::optional<std::string> asked;
  };
  for (const Row& row :
       {Row{"the client's, where the backend is an address", "127.0.0.1", "", "app.example.com", "app.example.com"},
        Row{"none, where there is none", "127.0.0.1", "", std::nullopt, std::nullopt},
        Row{"the backend's own", "localhost", "", "app.example.com", "localhost"},
        Row{"the one that is written", "localhost", "server_name = \"db.example.com\"\n", "app.example.com",
            "db.example.com"}}) {
    SCOPED_TRACE(row.what);
    TlsBackend backend(options());
    test::RunningGateway gateway(route(row.host + ":" + std::to_string(backend.port()), row.keys + "verify = false\n"));
    test::TlsClientOptions asking = client(std::nullopt);
    asking.server_name = row.client_name;
    {
      GatewayClient connected(gateway, asking);
      EXPECT_TRUE(greeted(connected)) << connected.tls.error();
    }
    EXPECT_EQ(backend.next().server_name, row.asked);
  }
}

// A name to hold the certificate against is needed; an address in the certificate does too.
TEST_F(Reencrypting, VerifiesTheAddressWhereThereIsNoName) {
  TlsBackend backend(options());
  test::RunningGateway gateway(route(backend.address(), trusting()));
  test::TlsClientOptions nameless = client(std::nullopt);
  nameless.server_name.reset();
  GatewayClient connected(gateway, nameless);
  EXPECT_FALSE(greeted(connected));
  EXPECT_NE(gateway.next_record().error.find("IP address mismatch"), std::string::npos);
}

TEST_F(Reencrypting, ShowsItsCertificate) {
  const test::TestCertificate shown = test::make_test_certificate({.common_name = "the gateway"});
  const std::string chain = write("shown.pem", shown.chain_pem);
  const std::string key = write("shown.key", shown.key_pem);
  test::TlsBackendOptions asking = options();
  asking.wants_certificate = true;
  TlsBackend backend(asking);
  test::RunningGateway gateway(
      route(backend.address(), trusting() + "chain = \"" + chain + "\"\nkey = \"" + key + "\"\n"));
  {
    GatewayClient connected(gateway, client(std::nullopt));
    ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  }
  EXPECT_EQ(backend.next().client, "the gateway");
}

TEST_F(Reencrypting, ResumesSessionsOfTheSameOffer) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    test::TlsBackendOptions old = options();
    old.max_version = version;
    TlsBackend backend(old);
    test::RunningGateway gateway(route(backend.address(), trusting() + "alpn = [\"h2\", \"mqtt\"]\n"));
    std::vector<bool> resumed;
    for (const char* offered : {"h2", "h2", "mqtt", "h2"}) {
      {
        GatewayClient connected(gateway, client(Names{offered}));
        ASSERT_TRUE(greeted(connected)) << connected.tls.error();
        connected.tls.shutdown();
        EXPECT_EQ(connected.tls.read(1), "");
      }
      resumed.push_back(backend.next().resumed);
    }
    EXPECT_EQ(resumed, (std::vector<bool>{false, true, false, true}));
  }
}

TEST_F(Reencrypting, CarriesMuchBothWays) {
  TlsBackend backend(options());
  test::RunningGateway gateway(route(backend.address(), trusting()));
  GatewayClient connected(gateway, client(std::nullopt));
  ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  const std::string much = test::bulk().substr(0, 8UZ * 1024 * 1024);
  std::string unsent = much;
  std::string got;
  ASSERT_TRUE(test::eventually([&] {
    for (int i = 0; i < 64; ++i) {
      if (!unsent.empty()) connected.tls.step_write(unsent);
      while (connected.tls.step_read(got) == test::Progress::done) {
      }
    }
    return got.size() >= much.size();
  }));
  EXPECT_TRUE(got == much);
}

// RFC 8446 §6.1: a stream that ends without close_notify may have been cut, and is not to look finished elsewhere.
TEST_F(Reencrypting, CarriesOnAnEndWithoutNotice) {
  test::TlsBackendOptions rude = options();
  rude.ends_without_notice = true;
  TlsBackend backend(rude);
  test::RunningGateway gateway(route(backend.address(), trusting()));
  GatewayClient connected(gateway, client(std::nullopt));
  ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  connected.tls.shutdown();
  EXPECT_EQ(connected.tls.read(1), "");
  EXPECT_FALSE(connected.tls.close_notify_received());
  EXPECT_EQ(gateway.next_record().error, "the backend closed without close_notify");
}

TEST_F(Reencrypting, CarriesTheClientsEndWithoutNotice) {
  TlsBackend backend(options());
  test::RunningGateway gateway(route(backend.address(), trusting()));
  GatewayClient connected(gateway, client(std::nullopt));
  ASSERT_TRUE(greeted(connected)) << connected.tls.error();
  connected.socket.finish();
  EXPECT_FALSE(backend.next().close_notify);
}

TEST_F(Reencrypting, WaitsNoLongerForABackendThatSaysNothing) {
  test::TestBackend silent([](test::StreamSocket& stream) { static_cast<void>(stream.read_to_end()); });
  test::RunningGateway gateway("[limits]\nhandshake_timeout = \"300ms\"\n" + route(silent.address(), trusting()));
  GatewayClient connected(gateway, client(std::nullopt));
  ASSERT_TRUE(connected.tls.handshake());
  EXPECT_EQ(connected.tls.read(1), "");
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_timeout");
}

TEST_F(Reencrypting, TellsABackendThatSpeaksNoTls) {
  test::TestBackend plain([](test::StreamSocket& stream) { stream.send("SSH-2.0-OpenSSH_9.2\r\n"); });
  test::RunningGateway gateway(route(plain.address(), trusting()));
  GatewayClient connected(gateway, client(std::nullopt));
  ASSERT_TRUE(connected.tls.handshake());
  EXPECT_EQ(connected.tls.read(1), "");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "backend_handshake_failed");
  EXPECT_EQ(record.alert, std::nullopt);  // none to the client
}

TEST_F(Reencrypting, GoesToTheNextBackend) {
  const test::ClosedPort closed;
  TlsBackend backend(options());
  test::RunningGateway gateway(std::string(test::listen_table) + std::string(test::certificate_table) +
                               "[[route]]\ntls = [\"" + closed.address() + "\", \"" + backend.address() + "\"]\n" +
                               trusting());
  for (int i = 0; i < 2; ++i) {
    GatewayClient connected(gateway, client(std::nullopt));
    EXPECT_TRUE(greeted(connected)) << connected.tls.error();
  }
}

}  // namespace

}  // namespace simplon
