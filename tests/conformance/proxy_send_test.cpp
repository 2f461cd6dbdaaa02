// `send_proxy`: what a backend reads before anything else.
#include "net/proxy_protocol.hpp"
#include "support/hello_bytes.hpp"
#include "support/proxy_headers.hpp"
#include "support/round_trip.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_backend.hpp"

#include <future>
#include <variant>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace simplon {

namespace {

using test::GatewayClient;
using test::Received;
using test::StreamSocket;

using Names = std::optional<std::vector<std::string>>;

std::uint16_t port_of(const StreamSocket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string configure(const std::string& action, std::string_view version, const std::string& listen = "") {
  return std::string(test::listen_table) + listen + std::string(test::certificate_table) + "[[route]]\n" + action +
         "\nsend_proxy = \"" + std::string(version) + "\"\n";
}

// The version 2 header that `stream` begins with, which is cut off. Verified: its checksum stands last, and holds.
net::ProxyHeader take_header(std::string_view& stream) {
  const auto progress = net::read_proxy_header(as_bytes(stream));
  if (!progress || !std::holds_alternative<net::ProxyHeader>(*progress)) {
    ADD_FAILURE() << "no whole header";
    return {};
  }
  const auto header = std::get<net::ProxyHeader>(*progress);
  EXPECT_EQ(stream.substr(header.size - 7, 3), std::string_view("\x03\0\x04", 3));
  stream.remove_prefix(header.size);
  return header;
}

std::string ends_of(const net::ProxyHeader& header) {
  if (!header.addresses) return "none";
  return header.addresses->source.to_text() + " > " + header.addresses->destination.to_text();
}

std::string ends_of(const StreamSocket& client, const test::RunningGateway& gateway) {
  return "127.0.0.1:" + std::to_string(port_of(client)) + " > 127.0.0.1:" + std::to_string(gateway.port());
}

std::string hello(std::optional<std::string_view> name) {
  return test::in_records(test::hello_for(name, std::vector<std::string>{"h2"}));
}

std::string line_of(const StreamSocket& client, const test::RunningGateway& gateway) {
  return "PROXY TCP4 127.0.0.1 127.0.0.1 " + std::to_string(port_of(client)) + " " + std::to_string(gateway.port()) +
         "\r\n";
}

class ProxySend : public testing::Test {
 protected:
  // What a backend got from a client that sent `bytes`.
  std::string passed(test::RunningGateway& gateway, const std::string& bytes) {
    StreamSocket client = gateway.connect();
    EXPECT_TRUE(client.send(bytes));
    client.finish();
    return recording.next().bytes;
  }
  test::Recording recording;
  test::TestBackend backend{recording.serve()};
};

TEST_F(ProxySend, Version1BeforeAStreamThatIsPassed) {
  test::RunningGateway gateway(configure("pass = " + quoted(backend.address()), "v1"));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello("app.example.com")));
  client.finish();
  EXPECT_TRUE(recording.next().bytes == line_of(client, gateway) + hello("app.example.com"));
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "");
  EXPECT_EQ(record.bytes_in, hello("app.example.com").size());  // the client's own
}

// Nothing is negotiated yet: no ALPN, no word about TLS.
TEST_F(ProxySend, Version2BeforeAStreamThatIsPassed) {
  test::RunningGateway gateway(configure("pass = " + quoted(backend.address()), "v2"));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello("APP.example.com.")));
  client.finish();
  const std::string got = recording.next().bytes;
  std::string_view stream = got;
  const net::ProxyHeader header = take_header(stream);
  EXPECT_EQ(ends_of(header), ends_of(client, gateway));
  // PROXY §2.2.2: "the exact copy"
  EXPECT_EQ(header.details.authority, "APP.example.com.");
  EXPECT_FALSE(header.details.alpn);
  EXPECT_FALSE(header.details.ssl);
  EXPECT_TRUE(stream == hello("APP.example.com."));
}

TEST_F(ProxySend, NamesNoAuthorityWithoutAServerName) {
  test::RunningGateway gateway(configure("pass = " + quoted(backend.address()), "v2"));
  for (const std::optional<std::string_view> name :
       {std::optional<std::string_view>(), std::optional<std::string_view>("192.0.2.1"),
        std::optional<std::string_view>("no name\x01")}) {
    const std::string got = passed(gateway, hello(name));
    std::string_view stream = got;
    EXPECT_FALSE(take_header(stream).details.authority) << name.value_or("none");
    EXPECT_TRUE(stream == hello(name));
  }
}

class ProxySendTerminated : public ProxySend, public testing::WithParamInterface<int> {
 protected:
  std::string config(std::string_view version) const {
    return configure("alpn = [\"mqtt\", \"none\"]\ntcp = " + quoted(backend.address()), version);
  }
  // A client that says "hi" and leaves.
  static void say_hi(GatewayClient& client) {
    ASSERT_TRUE(client.tls.handshake() && client.tls.write("hi")) << client.tls.error();
    client.tls.shutdown();
  }
};

TEST_P(ProxySendTerminated, Version1) {
  test::RunningGateway gateway(config("v1"));
  GatewayClient client(gateway, test::client_options(GetParam(), std::nullopt));
  say_hi(client);
  EXPECT_EQ(recording.next().bytes, line_of(client.socket, gateway) + "hi");
}

TEST_P(ProxySendTerminated, Version2TellsWhatWasNegotiated) {
  test::RunningGateway gateway(config("v2"));
  for (const Names& offer : {Names(), Names({"h2", "mqtt"})}) {
    GatewayClient client(gateway, test::client_options(GetParam(), offer));
    say_hi(client);
    const std::string got = recording.next().bytes;
    std::string_view stream = got;
    const net::ProxyHeader header = take_header(stream);
    EXPECT_EQ(ends_of(header), ends_of(client.socket, gateway));
    EXPECT_EQ(header.details.authority, "app.example.com");
    ASSERT_EQ(header.details.alpn.has_value(), offer.has_value());
    if (offer) {
      EXPECT_EQ(as_text(*header.details.alpn), "mqtt");
    }
    ASSERT_TRUE(header.details.ssl);
    EXPECT_EQ(header.details.ssl->client, net::ProxySsl::over_tls);
    EXPECT_NE(header.details.ssl->verify, 0U);
    EXPECT_EQ(header.details.ssl->version, "TLSv" + client.tls.version());
    EXPECT_EQ(header.details.ssl->cipher, client.tls.cipher());
    EXPECT_FALSE(header.details.ssl->common_name);
    EXPECT_EQ(stream, "hi");
  }
}

// Protocols whose server speaks first.
TEST_P(ProxySendTerminated, DoesNotWaitForTheClientsFirstByte) {
  test::TestBackend greeter([](StreamSocket& stream) {
    if (stream.read(5).bytes == "PROXY") stream.send("220 ready");
  });
  test::RunningGateway gateway(configure("tcp = " + quoted(greeter.address()) + "\nalpn = \"none\"", "v1"));
  GatewayClient client(gateway, test::client_options(GetParam(), std::nullopt));
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_EQ(client.tls.read(9), "220 ready");
}

INSTANTIATE_TEST_SUITE_P(Tls, ProxySendTerminated, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2"; });

// PROXY §3: "the relayed information is the one advertised in this connection's PROXY line".
TEST_F(ProxySend, HandsOnWhatItWasTold) {
  for (const std::string& told : {test::proxy_v1("192.0.2.1"), test::proxy_v2(0x21, 0x11, test::inet_block())}) {
    test::RunningGateway gateway(configure("pass = " + quoted(backend.address()), "v2", "proxy_protocol = true\n"));
    const std::string got = passed(gateway, told + hello("app.example.com"));
    std::string_view stream = got;
    EXPECT_EQ(ends_of(take_header(stream)), "192.0.2.1:1000 > 198.51.100.7:443");
    EXPECT_TRUE(stream == hello("app.example.com"));
  }
}

TEST_F(ProxySend, HandsOnTheRealEndsWhereItWasToldNone) {
  test::RunningGateway gateway(configure("pass = " + quoted(backend.address()), "v1", "proxy_protocol = true\n"));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send("PROXY UNKNOWN\r\n" + hello("app.example.com")));
  client.finish();
  EXPECT_TRUE(recording.next().bytes == line_of(client, gateway) + hello("app.example.com"));
}

TEST_F(ProxySend, TellsEveryBackend) {
  test::TestBackend other{recording.serve()};
  const test::ClosedPort closed;
  test::RunningGateway gateway(configure(
      "pass = [" + quoted(backend.address()) + ", " + quoted(closed.address()) + ", " + quoted(other.address()) + "]",
      "v1"));
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(passed(gateway, hello("app.example.com")).starts_with("PROXY TCP4 127.0.0.1 "));
  EXPECT_GT(backend.dialled(), 0U);
  EXPECT_GT(other.dialled(), 0U);
}

TEST_F(ProxySend, TellsAUnixSocket) {
  const test::TemporaryFolder folder;
  test::TestBackend local(recording.serve(), (folder.path() / "backend").string());
  test::RunningGateway gateway(configure("pass = " + quoted(local.address()), "v2"));
  const std::string got = passed(gateway, hello("app.example.com"));
  std::string_view stream = got;
  EXPECT_EQ(take_header(stream).details.authority, "app.example.com");
  EXPECT_TRUE(stream == hello("app.example.com"));
}

}  // namespace

}  // namespace simplon
