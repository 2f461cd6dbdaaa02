// ALPN extensions of every shape, right and wrong, on the wire.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"
#include "support/tls_client.hpp"

#include <gtest/gtest.h>

namespace simplon {

namespace {

using namespace std::string_literals;
using test::fatal_alert;
using test::hello_for;
using test::in_records;

using Names = std::vector<std::string>;

struct Malformed {
  const char* name;
  std::string body;  // of the ALPN extension
};

class MalformedOffer : public testing::TestWithParam<Malformed> {};

// RFC 7301 §3.1, RFC 8446 §6.2: a list that can't be read is a decode_error, even where a route takes every client.
TEST_P(MalformedOffer, IsADecodeError) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(std::string(test::listen_table) + "[[route]]\npass = \"" + backend.address() + "\"\n");
  test::StreamSocket client = gateway.connect();
  ASSERT_TRUE(
      client.send(in_records(hello_for("app.example.com", std::nullopt).extension(16, as_bytes(GetParam().body)))));
  const test::Received answer = client.read_to_end();
  EXPECT_EQ(answer.bytes, fatal_alert(50));
  EXPECT_EQ(answer.end, test::StreamEnd::finished);
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(record.verdict, record::Verdict::rejected);
  EXPECT_EQ(name_of(record.reason), "malformed_hello");
  EXPECT_EQ(backend.dialled(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc7301, MalformedOffer,
    testing::Values(Malformed{"empty_body", ""}, Malformed{"half_a_length", "\0"s}, Malformed{"empty_list", "\0\0"s},
                    Malformed{"length_without_list", "\0\3"s}, Malformed{"list_longer_than_body", "\0\4\2h2"s},
                    Malformed{"list_shorter_than_body", "\0\2\2h2"s}, Malformed{"bytes_behind_the_list", "\0\3\2h2\0"s},
                    Malformed{"only_an_empty_name", "\0\1\0"s}, Malformed{"empty_name_first", "\0\4\0\2h2"s},
                    Malformed{"empty_name_last", "\0\4\2h2\0"s}, Malformed{"name_beyond_the_list", "\0\3\3h2"s},
                    Malformed{"second_name_beyond", "\0\5\2h2\5h"s}),
    [](const auto& each) { return each.param.name; });

class Offers : public testing::Test {
 protected:
  // What a client gets that sends `hello` and then ends its stream.
  test::Received ask(const std::string& hello) {
    test::StreamSocket client = gateway.connect();
    client.send(hello);
    client.finish();
    return client.read_to_end();
  }
  std::string offer(const Names& names) { return ask(in_records(hello_for("app.example.com", names))).bytes; }
  test::TestBackend named{[](test::StreamSocket& stream) {
    static_cast<void>(stream.read_to_end());
    stream.send("named");
  }};
  const std::string longest = std::string(255, 'n');
  test::RunningGateway gateway{std::string(test::listen_table) + "[[route]]\nalpn = [\"h2\", \"%00%2C%FF\", \"" +
                               longest + "\"]\npass = \"" + named.address() + "\"\n"};
};

// RFC 7301 §3.1: names are opaque bytes.
TEST_F(Offers, MayHoldAnyByte) {
  EXPECT_EQ(offer({"\0,\xff"s}), "named");
  const record::Connection record = gateway.next_record();
  ASSERT_TRUE(record.offered);
  EXPECT_EQ(*record.offered, Names{"%00%2C%FF"});
}

TEST_F(Offers, AreComparedByteByByte) {
  for (const std::string& other : {"H2"s, "h2\0"s, "\0,"s, "\0,\xfe"s, "h"s, "h2c"s}) {
    SCOPED_TRACE(other);
    EXPECT_EQ(offer({other}), fatal_alert(120));
  }
}

TEST_F(Offers, MayHoldNamesOf255Bytes) {
  EXPECT_EQ(offer({longest}), "named");
  EXPECT_EQ(offer({longest.substr(1)}), fatal_alert(120));
  EXPECT_EQ(offer({longest.substr(1) + 'm'}), fatal_alert(120));
}

// RFC 8701 §3.1: GREASE names are unknown names.
TEST_F(Offers, OfGreaseOnlyHaveNothingInCommon) {
  EXPECT_EQ(offer({"\x0a\x0a"s, "\xfa\xfa"s}), fatal_alert(120));
  EXPECT_EQ(name_of(gateway.next_record().reason), "no_common_protocol");
}

TEST_F(Offers, OfGreaseAndMore) { EXPECT_EQ(offer({"\x3a\x3a"s, "h2"s, "\xca\xca"s}), "named"); }

TEST_F(Offers, MayNameAProtocolTwice) { EXPECT_EQ(offer({"x"s, "h2"s, "x"s, "h2"s}), "named"); }

TEST_F(Offers, MayHoldTwentyThousandNames) {
  Names names(20000, "ab");
  EXPECT_EQ(offer(names), fatal_alert(120));
  names.back() = "h2";
  EXPECT_EQ(offer(names), "named");
  static_cast<void>(gateway.next_record());
  const record::Connection record = gateway.next_record();
  ASSERT_TRUE(record.offered);
  EXPECT_TRUE(record.offered_cut);
  EXPECT_LE(record.offered->size(), 64U);
}

// RFC 8446 §4.2: of whatever type, known to us or not.
TEST_F(Offers, StandInOneExtension) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 10, 16, 43, 0x4a4a, 0xfff0}) {
    SCOPED_TRACE(type);
    const auto hello = hello_for("app.example.com", Names{"h2"}).extension(0x4a4a, {}).extension(0xfff0, {});
    EXPECT_EQ(ask(in_records(ClientHelloBuilder(hello).repeat_extension(type, {}))).bytes, fatal_alert(47));
  }
}

// The name selected is the client's, byte for byte.
TEST(OddNames, AreSelectedInAHandshake) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(std::string(test::listen_table) + std::string(test::certificate_table) +
                               "[[route]]\nalpn = \"%00%2C%FF\"\ntcp = \"" + backend.address() + "\"\n");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const test::StreamSocket socket = gateway.connect();
    test::TlsClientOptions options;
    options.min_version = options.max_version = version;
    options.alpn = test::alpn_wire({"x", "\0,\xff"s});
    test::TlsClient client(socket.descriptor(), options);
    ASSERT_TRUE(client.handshake()) << client.error();
    EXPECT_EQ(client.selected(), "\0,\xff"s);
  }
}

}  // namespace

}  // namespace simplon
