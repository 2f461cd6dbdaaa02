// Listeners whose connections begin with a PROXY header: the client is whom it names, and the stream begins behind it.
#include "support/hello_bytes.hpp"
#include "support/proxy_headers.hpp"
#include "support/round_trip.hpp"
#include "support/test_backend.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace simplon {

namespace {

using test::proxy_v1;
using test::proxy_v2;
using test::Received;
using test::StreamSocket;

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::vector<std::string>{"h2"}));
  return made;
}

class ProxyReceive : public testing::Test {
 protected:
  // Sends back what comes.
  std::string passing(const std::string& sources = "true", const std::string& limits = "") const {
    return limits + std::string(test::listen_table) + "proxy_protocol = " + sources + "\n[[route]]\npass = \"" +
           backend.address() + "\"\n";
  }
  // A client that is being served, and has its hello back.
  static void expect_served(StreamSocket& client) { EXPECT_TRUE(client.read(hello().size()).bytes == hello()); }
  static std::string client_after(test::RunningGateway& gateway, const std::string& bytes) {
    StreamSocket client = gateway.connect();
    EXPECT_TRUE(client.send(bytes));
    expect_served(client);
    client.close();
    return gateway.next_record().client;
  }
  test::TestBackend backend{test::echo};
};

TEST_F(ProxyReceive, TakesTheClientFromEitherVersion) {
  test::RunningGateway gateway(passing());
  EXPECT_EQ(client_after(gateway, proxy_v1("192.0.2.1") + hello()), "192.0.2.1:1000");
  EXPECT_EQ(client_after(gateway, proxy_v1("2001:db8::1") + hello()), "[2001:db8::1]:1000");
  EXPECT_EQ(client_after(gateway, proxy_v2(0x21, 0x11, test::inet_block()) + hello()), "192.0.2.1:1000");
  EXPECT_EQ(client_after(gateway, proxy_v2(0x21, 0x21, test::inet6_block()) + hello()), "[2001:db8::1]:1000");
  EXPECT_EQ(client_after(gateway, test::haproxy_header() + hello()), "127.0.0.1:60370");
}

// PROXY §2.1, §2.2: UNKNOWN, LOCAL, UNSPEC, and what a TCP listener can't use.
TEST_F(ProxyReceive, KeepsTheRealClientWhereNoneIsNamed) {
  test::RunningGateway gateway(passing());
  for (const std::string& header :
       {std::string("PROXY UNKNOWN\r\n"), proxy_v2(0x20, 0x00, ""), proxy_v2(0x20, 0x11, test::inet_block()),
        proxy_v2(0x21, 0x00, ""), proxy_v2(0x21, 0x12, test::inet_block()), proxy_v2(0x21, 0x31, test::unix_block())}) {
    const std::string client = client_after(gateway, header + hello());
    EXPECT_TRUE(client.starts_with("127.0.0.1:")) << client;
  }
}

TEST_F(ProxyReceive, LeavesEverythingBehindTheHeader) {
  test::Recording recording;
  test::TestBackend recorder(recording.serve());
  test::RunningGateway gateway(std::string(test::listen_table) + "proxy_protocol = true\n[[route]]\npass = \"" +
                               recorder.address() + "\"\n");
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(proxy_v1("192.0.2.1") + hello() + "more"));
  client.finish();
  EXPECT_TRUE(recording.next().bytes == hello() + "more");
  EXPECT_EQ(gateway.next_record().bytes_in, hello().size() + 4);
}

TEST_F(ProxyReceive, TakesTheHeaderInAnyPieces) {
  test::RunningGateway gateway(passing());
  for (const std::string& header : {proxy_v1("192.0.2.1"), proxy_v2(0x21, 0x11, test::inet_block()),
                                    proxy_v2(0x21, 0x11, test::inet_block() + test::proxy_tlv(4, "padding"))}) {
    const std::string stream = header + hello();
    // Byte by byte, up to the hello's first; and cut into two at places around the header's end.
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i <= header.size(); ++i)
      single.push_back(std::string_view(stream).substr(i, 1));
    single.push_back(std::string_view(stream).substr(header.size() + 1));
    std::vector<std::vector<std::string_view>> splits{single};
    for (const std::size_t at : {std::size_t{1}, header.size() - 1, header.size(), header.size() + 1}) {
      splits.push_back({std::string_view(stream).substr(0, at), std::string_view(stream).substr(at)});
    }
    for (const auto& pieces : splits) {
      StreamSocket client = gateway.connect();
      ASSERT_TRUE(client.send_apart(pieces));
      expect_served(client);
      client.close();
      EXPECT_EQ(gateway.next_record().client, "192.0.2.1:1000") << pieces.size();
    }
  }
}

TEST_F(ProxyReceive, TrustsWhoIsListed) {
  test::RunningGateway gateway(passing(R"(["2001:db8::/32", "127.0.0.0/8"])"));
  EXPECT_EQ(client_after(gateway, proxy_v1("192.0.2.1") + hello()), "192.0.2.1:1000");
}

TEST_F(ProxyReceive, CountsTheClientsThatAreNamed) {
  test::RunningGateway gateway(passing("true", "[limits]\nconnections_per_client = 1\n"));
  const auto connect = [&](std::string_view source) {
    StreamSocket client = gateway.connect();
    EXPECT_TRUE(client.send(proxy_v1(source) + hello()));
    return client;
  };
  StreamSocket first = connect("192.0.2.1");
  expect_served(first);
  StreamSocket other = connect("192.0.2.2");
  expect_served(other);
  for (int i = 0; i < 2; ++i) {
    StreamSocket second = connect("192.0.2.1");
    EXPECT_EQ(second.read_to_end().bytes, "");
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(name_of(record.reason), "too_many_per_client");
    EXPECT_EQ(record.verdict, record::Verdict::rejected);
    EXPECT_EQ(record.client, "192.0.2.1:1000");
  }
  // One goes, one may come.
  first.close();
  static_cast<void>(gateway.next_record());
  StreamSocket third = connect("192.0.2.1");
  expect_served(third);
}

TEST_F(ProxyReceive, HoldsBeforeTlsThatEndsHere) {
  test::RunningGateway gateway(std::string(test::listen_table) + "proxy_protocol = true\n" +
                               std::string(test::certificate_table) + "[[route]]\ntcp = \"" + backend.address() +
                               "\"\n");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    StreamSocket socket = gateway.connect();
    ASSERT_TRUE(socket.send(proxy_v1("192.0.2.1")));
    test::TlsClient client(socket.descriptor(), test::client_options(version, std::nullopt));
    ASSERT_TRUE(client.handshake() && client.write("hello")) << client.error();
    EXPECT_EQ(client.read(5), "hello");
    socket.close();
    EXPECT_EQ(gateway.next_record().client, "192.0.2.1:1000");
  }
}

TEST_F(ProxyReceive, HoldsBeforeRefusals) {
  test::RunningGateway gateway(std::string(test::listen_table) +
                               "proxy_protocol = true\n[[route]]\nsni = \"other.example\"\nreject = true\n");
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(proxy_v1("192.0.2.1") + hello()));
  EXPECT_EQ(client.read_to_end().bytes, test::fatal_alert(112));
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "unknown_server_name");
  EXPECT_EQ(record.client, "192.0.2.1:1000");
}

TEST_F(ProxyReceive, HoldsBeforeRedirects) {
  test::RunningGateway gateway(passing("false") + std::string(test::listen_table) +
                               "name = \"plain\"\nredirect = true\nproxy_protocol = true\n");
  const std::string request = "GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n";
  const std::string header = proxy_v1("192.0.2.1");
  for (const auto& pieces : {std::vector<std::string>{header + request}, {header, request}, {header + "G", "ET"}}) {
    StreamSocket client = StreamSocket::connect(gateway.port(1));
    ASSERT_TRUE(client.send_apart({pieces.begin(), pieces.end()}));
    if (pieces.back() == "ET") {
      ASSERT_TRUE(client.send(request.substr(3)));
    }
    EXPECT_TRUE(client.read_to_end().bytes.starts_with("HTTP/1.1 301 ")) << pieces.size();
    EXPECT_EQ(gateway.next_record().client, "192.0.2.1:1000");
  }
}

TEST_F(ProxyReceive, IsToldToHttpBackends) {
  std::string seen;
  test::TestBackend app([&](StreamSocket& stream) {
    for (std::string some = stream.read_some().bytes; !some.empty(); some = stream.read_some().bytes) {
      seen += some;
      if (seen.contains("\r\n\r\n")) stream.send("HTTP/1.1 204 No Content\r\n\r\n");
    }
  });
  test::RunningGateway gateway(std::string(test::listen_table) + "proxy_protocol = true\n" +
                               std::string(test::certificate_table) + "[[route]]\nhttp = \"http://" + app.address() +
                               "\"\n");
  StreamSocket socket = gateway.connect();
  ASSERT_TRUE(socket.send(proxy_v1("2001:db8::1")));
  test::TlsClient client(socket.descriptor(), test::client_options(TLS1_3_VERSION, std::nullopt));
  ASSERT_TRUE(client.handshake()) << client.error();
  ASSERT_TRUE(client.write("GET / HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(client.read(100'000).starts_with("HTTP/1.1 204 "));
  EXPECT_EQ(gateway.next_request().client, "[2001:db8::1]:1000");
  EXPECT_TRUE(seen.contains("\r\nX-Forwarded-For: 2001:db8::1\r\n") ||
              seen.contains("\r\nx-forwarded-for: 2001:db8::1\r\n"))
      << seen;
}

}  // namespace

}  // namespace simplon
