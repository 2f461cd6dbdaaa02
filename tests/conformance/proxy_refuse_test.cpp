// PROXY headers that are missing, broken, never whole, or of somebody who may write none: a plain close.
#include "support/hello_bytes.hpp"
#include "support/proxy_headers.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::proxy_v1;
using test::proxy_v2;
using test::Received;
using test::StreamEnd;
using test::StreamSocket;

const std::string& hello() {
  static const std::string made = test::in_records(test::hello_for("app.example.com", std::nullopt));
  return made;
}

std::string configure(const std::string& sources, const std::string& limits = "") {
  return limits + std::string(test::listen_table) + "proxy_protocol = " + sources + "\n[[route]]\nreject = true\n" +
         std::string(test::listen_table) + "name = \"plain\"\nredirect = true\nproxy_protocol = " + sources + "\n";
}

// Neither an alert nor anything else, and no reset.
void expect_turned_away(test::RunningGateway& gateway, StreamSocket& client, std::string_view reason) {
  const Received received = client.read_to_end();
  EXPECT_EQ(received.bytes, "");
  EXPECT_EQ(received.end, StreamEnd::finished);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), reason);
  EXPECT_EQ(record.verdict, record::Verdict::rejected);
  EXPECT_FALSE(record.alert);
  EXPECT_TRUE(record.client.starts_with("127.0.0.1:")) << record.client;
  EXPECT_NE(record.error, "");
}

struct Row {
  std::string_view what;
  std::string bytes;
  std::string_view reason;
};

class ProxyRefuse : public testing::TestWithParam<Row> {};

TEST_P(ProxyRefuse, TurnsAway) {
  test::RunningGateway gateway(configure("true"));
  for (const std::size_t listener : {0U, 1U}) {
    StreamSocket client = StreamSocket::connect(gateway.port(listener));
    ASSERT_TRUE(client.send(GetParam().bytes));
    expect_turned_away(gateway, client, GetParam().reason);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ProxyRefuse,
    testing::Values(Row{"a hello", hello(), "proxy_header_missing"},
                    Row{"a request", "GET / HTTP/1.1\r\n\r\n", "proxy_header_missing"},
                    Row{"a wrong signature", std::string("\r\n\r\n\0\r\nQUIX\n", 12), "proxy_header_missing"},
                    Row{"no CRLF in 107 bytes", "PROXY UNKNOWN " + std::string(93, 'x'), "proxy_header_broken"},
                    Row{"LF alone", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "proxy_header_broken"},
                    Row{"a bad address", "PROXY TCP4 192.0.2.300 192.0.2.2 1 2\r\n", "proxy_header_broken"},
                    Row{"a bad port", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", "proxy_header_broken"},
                    Row{"leading zeros", "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", "proxy_header_broken"},
                    Row{"an unassigned command", proxy_v2(0x2f, 0x11, test::inet_block()), "proxy_header_broken"},
                    Row{"an unassigned family", proxy_v2(0x21, 0xf1, test::inet_block()), "proxy_header_broken"},
                    Row{"far too long", proxy_v2(0x21, 0x11, test::inet_block(), 0xffff), "proxy_header_broken"},
                    Row{"addresses cut", proxy_v2(0x21, 0x21, test::inet_block()), "proxy_header_broken"},
                    Row{"a TLV that overruns",
                        proxy_v2(0x21, 0x11, test::inet_block() + std::string("\x01\0\x09h2", 5)),
                        "proxy_header_broken"},
                    Row{"another checksum", proxy_v2(0x21, 0x11, test::inet_block() + test::proxy_tlv(3, "crcc")),
                        "proxy_header_broken"}));

// PROXY §2: "the receiver MUST not try to guess whether the protocol header is present or not".
TEST(ProxyRefuseSource, TurnsAwayWhoIsNotListed) {
  test::RunningGateway gateway(configure(R"(["192.0.2.0/24", "::1"])"));
  for (const std::string& bytes : {proxy_v1("192.0.2.1") + hello(), hello(), std::string()}) {
    for (const std::size_t listener : {0U, 1U}) {
      StreamSocket client = StreamSocket::connect(gateway.port(listener));
      // It may be closed before all is sent.
      client.send(bytes);
      EXPECT_EQ(client.read_to_end().bytes, "");
      const record::Connection record = gateway.next_record();
      EXPECT_EQ(name_of(record.reason), "proxy_source_untrusted");
      EXPECT_EQ(record.verdict, record::Verdict::rejected);
      EXPECT_TRUE(record.client.starts_with("127.0.0.1:")) << record.client;
    }
  }
}

TEST(ProxyRefuseHeader, IsNoTlsWhereNoneIsExpected) {
  test::RunningGateway gateway(std::string(test::listen_table) + "[[route]]\nreject = true\n");
  for (const std::string& header : {proxy_v1("192.0.2.1"), proxy_v2(0x21, 0x11, test::inet_block())}) {
    StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(header + hello()));
    EXPECT_EQ(client.read_to_end().bytes, "");
    EXPECT_EQ(name_of(gateway.next_record().reason), "not_tls");
  }
}

class ProxyStall : public testing::TestWithParam<std::string> {};

// One deadline for header and hello, however they come.
TEST_P(ProxyStall, IsEndedInTime) {
  test::RunningGateway gateway(configure("true", "[limits]\nhello_timeout = \"300ms\"\n"));
  StreamSocket client = gateway.connect();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.send(GetParam()));
  EXPECT_EQ(client.read_to_end().bytes, "");
  EXPECT_GE(std::chrono::steady_clock::now() - start, 250ms);
  EXPECT_EQ(name_of(gateway.next_record().reason), "hello_timeout");
}

INSTANTIATE_TEST_SUITE_P(Rows, ProxyStall,
                         testing::Values("", "P", "PROXY TCP4 192.0.2.1", "PROXY UNKNOWN\r", "\r\n",
                                         proxy_v2(0x21, 0x11, "").substr(0, 15),
                                         proxy_v2(0x21, 0x11, test::inet_block(), 13), proxy_v1("192.0.2.1"),
                                         proxy_v1("192.0.2.1") + hello().substr(0, 50)));

TEST(ProxyRefuseHeader, MayNotDripForLong) {
  test::RunningGateway gateway(configure("true", "[limits]\nhello_timeout = \"300ms\"\n"));
  StreamSocket client = gateway.connect();
  const std::string stream = proxy_v1("192.0.2.1") + hello();
  // At 20 ms a byte the whole would take seconds.
  std::size_t sent = 0;
  while (sent < stream.size() && client.read(1, 20ms).end == StreamEnd::open)
    client.send(std::string_view(stream).substr(sent++, 1));
  EXPECT_LT(sent, stream.size());
  EXPECT_EQ(name_of(gateway.next_record().reason), "hello_timeout");
}

class ProxyCut : public testing::TestWithParam<std::string> {};

TEST_P(ProxyCut, IsAClientThatClosed) {
  test::RunningGateway gateway(configure("true"));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(GetParam()));
  client.finish();
  EXPECT_EQ(client.read_to_end().bytes, "");
  EXPECT_EQ(name_of(gateway.next_record().reason), "client_closed");
}

INSTANTIATE_TEST_SUITE_P(Rows, ProxyCut,
                         testing::Values("", "PROXY TCP4", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r",
                                         proxy_v2(0x21, 0x11, test::inet_block(), 13), proxy_v1("192.0.2.1")));

}  // namespace

}  // namespace simplon
