// What the raw client makes of servers' answers: of real ones, and of bytes that no server should send.
#include "probe/raw_client.hpp"

#include "probe/describe.hpp"
#include "probe/question.hpp"
#include "support/socket_pair.hpp"
#include "support/test_certificate.hpp"
#include "tls/server_connection.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace simplon::probe {

namespace {

// A record with one handshake message.
std::string in_record(std::uint8_t type, const std::string& body) {
  ByteWriter message;
  message.write_u8(type);
  EXPECT_TRUE(message.write_vector(3, [&](ByteWriter& out) { out.write(as_bytes(body)); }));
  ByteWriter record;
  record.write_u8(22);
  record.write_u16(0x0303);
  EXPECT_TRUE(record.write_vector(2, [&](ByteWriter& out) { out.write(message.bytes()); }));
  return std::string(as_text(record.bytes()));
}

// Of TLS 1.2, with these extensions, the length before them included.
std::string server_hello(const std::string& extensions) {
  return in_record(2, "\x03\x03" + std::string(32, 'r') + std::string("\0\xc0\x2b\0", 4) + extensions);
}

const std::string h2_answer("\0\x09\0\x10\0\x05\0\x03\2h2", 11);

Observation after(const std::string& bytes, std::size_t piece = 100'000) {
  RawClient client(modern_speech(known_groups().first(1)));
  EXPECT_FALSE(client.take_output().empty());
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    client.read(as_bytes(std::string_view(bytes).substr(at, piece)));
  return client.observation();
}

TEST(RawClient, ReadsTheAnswerOfTls12) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    const Observation seen = after(server_hello(h2_answer), piece);
    ASSERT_EQ(seen.outcome, Outcome::answered) << seen.text;
    EXPECT_EQ(seen.answer->version, tls_1_2);
    EXPECT_EQ(seen.answer->suite, 0xc02b);
    EXPECT_EQ(seen.answer->alpn, alpn_body({"h2"}));
  }
}

TEST(RawClient, SeesThatNpnIsAnsweredToo) {
  EXPECT_FALSE(after(server_hello(h2_answer)).answer->npn);
  const Observation seen = after(server_hello(std::string("\0\x0d\0\x10\0\x05\0\x03\2h2\x33\x74\0\0", 15)));
  ASSERT_EQ(seen.outcome, Outcome::answered) << seen.text;
  EXPECT_TRUE(seen.answer->npn);
  EXPECT_EQ(seen.answer->alpn, alpn_body({"h2"}));
}

TEST(RawClient, SeesThatThereIsNoAnswer) {
  for (const std::string& extensions : {std::string(), std::string("\0\0", 2)}) {
    const Observation seen = after(server_hello(extensions));
    ASSERT_EQ(seen.outcome, Outcome::answered) << seen.text;
    EXPECT_FALSE(seen.answer->alpn);
  }
}

struct Row {
  const char* what;
  std::string bytes;
  Outcome outcome;
  int alert = -1;
};

class RawClientReads : public testing::TestWithParam<Row> {};

TEST_P(RawClientReads, AsWhatItIs) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
    const Observation seen = after(GetParam().bytes, piece);
    EXPECT_EQ(name_of(seen.outcome), name_of(GetParam().outcome)) << seen.text;
    EXPECT_EQ(seen.alert ? *seen.alert : -1, GetParam().alert);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RawClientReads,
    testing::Values(Row{"nothing", "", Outcome::waiting}, Row{"half_a_record", "\x16\x03\x03", Outcome::waiting},
                    Row{"plain_http", "HTTP/1.1 400 Bad Request\r\n\r\n", Outcome::not_tls},
                    Row{"a_fatal_alert", std::string("\x15\x03\x03\0\2\2\x78", 7), Outcome::alert, 120},
                    // RFC 6066 §3: unrecognized_name may be a warning, and the handshake goes on.
                    Row{"a_warning", std::string("\x15\x03\x03\0\2\1\x70", 7) + server_hello(h2_answer),
                        Outcome::answered},
                    Row{"close_notify", std::string("\x15\x03\x03\0\2\1\0", 7), Outcome::alert, 0},
                    Row{"http_behind_tls", std::string("\x15\x03\x03\0\2\1\x70", 7) + "HTTP", Outcome::malformed},
                    Row{"a_hello_that_is_cut", in_record(2, "\x03\x03"), Outcome::malformed},
                    Row{"another_message", in_record(11, "x"), Outcome::malformed},
                    Row{"application_data", std::string("\x17\x03\x03\0\1x", 6), Outcome::malformed},
                    Row{"empty_records", std::string("\x16\x03\x03\0\0\x16\x03\x03\0\0", 10), Outcome::waiting}),
    [](const auto& each) { return each.param.what; });

// Against this project's own server, in both versions, with and without a HelloRetryRequest.
TEST(RawClient, ReadsTheAnswerOfAServer) {
  const auto made = test::make_test_certificate({.names = {"app.example.com"}});
  const std::array certificates{tls::Certificate::parse({made.chain_pem, ""}, {made.key_pem, ""}).value()};
  const auto store = tls::ContextStore::build(certificates, {}).value();
  const auto list = ProtocolList::from(std::array{protocol::http_1_1, protocol::h2}).value();
  for (const bool retried : {false, true}) {
    test::SocketPair sockets;
    tls::Decided decided{.selected = protocol::h2, .offer = list.view(), .server_name = "app.example.com"};
    tls::ServerConnection server(store.find(decided.server_name), sockets.server(), decided);
    Speech speech = modern_speech(retried ? std::span<const std::uint16_t>() : known_groups().first(1));
    speech.hello.server_name("app.example.com").alpn(list.view());
    RawClient client(std::move(speech));
    for (int round = 0; round < 4 && client.observation().outcome == Outcome::waiting; ++round) {
      const std::vector<std::byte> output = client.take_output();
      ASSERT_EQ(::send(sockets.client(), output.data(), output.size(), 0), static_cast<ssize_t>(output.size()));
      static_cast<void>(server.handshake());
      std::array<std::byte, 8192> buffer;
      const ssize_t size = ::recv(sockets.client(), buffer.data(), buffer.size(), 0);
      if (size > 0) client.read(std::span(buffer).first(static_cast<std::size_t>(size)));
    }
    const Observation& seen = client.observation();
    ASSERT_EQ(seen.outcome, Outcome::answered) << describe(seen, {});
    EXPECT_EQ(seen.answer->version, tls_1_3);
    EXPECT_EQ(seen.answer->retried, retried);
    EXPECT_EQ(seen.answer->alpn, alpn_body({"h2"}));
    EXPECT_FALSE(seen.answer->alpn_misplaced);
  }
}

}  // namespace

}  // namespace simplon::probe
