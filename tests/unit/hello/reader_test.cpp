#include "simplon/hello/reader.hpp"

#include "unit/hello/samples.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;
using Stream = std::vector<std::byte>;

Stream bytes_of(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

Stream joined(Stream first, const Stream& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Stream record(int type, std::string_view fragment) {
  ByteWriter writer;
  writer.write_u8(static_cast<std::uint8_t>(type));
  writer.write_u16(0x0301);
  EXPECT_TRUE(writer.write_vector(2, [&](ByteWriter& w) { w.write(as_bytes(fragment)); }));
  return writer.take();
}

/// An outcome in one line, so that outcomes compare and print.
std::string said(const ReadOutcome& outcome) {
  if (const auto* need = std::get_if<NeedMore>(&outcome)) return "need " + std::to_string(need->bytes);
  if (const auto* error = std::get_if<WireError>(&outcome)) return std::string(describe(*error));
  return "hello " + std::string(as_text(std::get<ClientHelloView>(outcome).message));
}

std::string said(WireError error) { return said(ReadOutcome{error}); }

std::string read(Stream stream, const HelloLimits& limits = {}) { return said(read_client_hello(stream, limits)); }

const Stream message = test::chrome_hello().build().value();
const std::string whole = "hello " + std::string(as_text(message));

TEST(ReadClientHello, ViewsAHelloOfOneRecordWhereItIs) {
  Stream stream = to_records(message);
  const Stream before = stream;
  const auto outcome = read_client_hello(stream, {});
  ASSERT_EQ(said(outcome), whole);
  EXPECT_EQ(std::get<ClientHelloView>(outcome).message.data(), stream.data() + 5);
  EXPECT_EQ(stream, before);
}

TEST(ReadClientHello, JoinsFragmentsOfEverySize) {  // RFC 8446 §5.1
  for (std::size_t size = 1; size <= message.size(); ++size) {
    EXPECT_EQ(read(to_records(message, size)), whole) << size;
  }
}

TEST(ReadClientHello, JoinsTwoRecordsCutAtEveryOffset) {
  const std::string_view text = as_text(message);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(read(joined(record(22, text.substr(0, cut)), record(22, text.substr(cut)))), whole) << cut;
  }
}

TEST(ReadClientHello, SaysHowManyBytesAreMissingAtEveryOffset) {
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{3}, std::size_t{100}, std::size_t{16384}}) {
    const Stream stream = to_records(message, fragment);
    for (std::size_t size = 0; size < stream.size();) {
      Stream part(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
      const Stream before = part;
      const auto outcome = read_client_hello(part, {});
      const auto* need = std::get_if<NeedMore>(&outcome);
      ASSERT_NE(need, nullptr) << size << ": " << said(outcome);
      ASSERT_GE(need->bytes, 1u);
      ASSERT_LE(size + need->bytes, stream.size()) << "waiting for more than a client with a whole hello sends";
      EXPECT_EQ(part, before) << "only a whole hello may change the stream";
      // One byte less than asked for must not be enough to say anything new.
      for (std::size_t more = 1; more < need->bytes; ++more) {
        Stream longer(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size + more));
        EXPECT_EQ(read(longer), "need " + std::to_string(need->bytes - more));
      }
      size += need->bytes;
    }
  }
}

TEST(ReadClientHello, AsksForTheWholeHelloOnceItsLengthIsKnown) {
  Stream stream = to_records(message);
  stream.resize(9);
  EXPECT_EQ(read(stream), "need " + std::to_string(message.size() - 4));
}

TEST(ReadClientHello, AsksForARecordAndTheNextHeaderWhenTheHelloGoesOn) {
  Stream stream = to_records(message, 100);
  stream.resize(9);
  EXPECT_EQ(read(stream), "need " + std::to_string(96 + 5));
}

TEST(ReadClientHello, TakesWhateverFollowsTheHello) {
  EXPECT_EQ(read(joined(to_records(message), bytes_of("GET / HTTP/1.1"))), whole);
  EXPECT_EQ(read(joined(to_records(message, 100), record(23, "early data"))), whole);
  EXPECT_EQ(read(record(22, std::string(as_text(message)) + "\x02more of the same record")), whole);
}

struct Row {
  std::string_view rule;
  std::string_view stream;
  WireError error;
};

constexpr Row refused[] = {
    {"HTTP", "G"sv, WireError::not_tls},
    {"SSH", "SSH-2.0-OpenSSH_9.2"sv, WireError::not_tls},
    {"SSLv2, two-byte header", "\x80\x2e\x01\x00\x02"sv, WireError::not_tls},
    {"SSLv2, three-byte header", "\x00\x2e\x00\x01\x00\x02"sv, WireError::not_tls},
    {"a PROXY header", "PROXY TCP4"sv, WireError::not_tls},
    {"a content type below the first", "\x13"sv, WireError::not_tls},
    {"a content type above the last", "\x19"sv, WireError::not_tls},
    {"a zero byte", "\x00"sv, WireError::not_tls},
    {"a handshake of major version 2", "\x16\x02"sv, WireError::not_tls},
    {"a handshake of DTLS", "\x16\xfe\xfd"sv, WireError::not_tls},
    {"application data of major version 4", "\x17\x04"sv, WireError::not_tls},
    {"an alert", "\x15\x03\x01\x00\x02\x02\x28"sv, WireError::alert_received},
    {"the first byte of an alert", "\x15"sv, WireError::alert_received},
    {"change_cipher_spec first", "\x14\x03\x03\x00\x01\x01"sv, WireError::unexpected_content},
    {"application data first", "\x17\x03"sv, WireError::unexpected_content},
    {"a heartbeat first", "\x18\x03"sv, WireError::unexpected_content},
    {"a fragment of no bytes", "\x16\x03\x01\x00\x00"sv, WireError::empty_record},
    {"a fragment of 16,385 bytes", "\x16\x03\x01\x40\x01"sv, WireError::record_too_long},
    {"a fragment of 65,535 bytes", "\x16\x03\x01\xff\xff"sv, WireError::record_too_long},
    {"a ServerHello", "\x16\x03\x01\x00\x28\x02"sv, WireError::not_client_hello},
    {"a HelloRequest of one byte of record", "\x16\x03\x01\x00\x01\x00"sv, WireError::not_client_hello},
    {"a hello of 16 MiB", "\x16\x03\x01\x40\x00\x01\xff\xff\xff"sv, WireError::hello_too_large},
    {"a hello of no bytes", "\x16\x03\x01\x00\x04\x01\x00\x00\x00"sv, WireError::malformed_hello},
    {"a second record of another type", "\x16\x03\x01\x00\x01\x01\x17\x03\x03\x00\x01"sv,
     WireError::unexpected_content},
    {"a second record that is an alert", "\x16\x03\x01\x00\x01\x01\x15\x03\x03\x00\x02"sv,
     WireError::unexpected_content},
    {"a second record that is no TLS", "\x16\x03\x01\x00\x01\x01GET /"sv, WireError::unexpected_content},
    {"a second record of major version 2", "\x16\x03\x01\x00\x01\x01\x16\x02\x03\x00\x01"sv, WireError::not_tls},
    {"a second record of no bytes", "\x16\x03\x01\x00\x01\x01\x16\x03\x03\x00\x00"sv, WireError::empty_record},
    {"a second record too long", "\x16\x03\x01\x00\x01\x01\x16\x03\x03\x40\x01"sv, WireError::record_too_long},
};

TEST(ReadClientHello, RefusesAsSoonAsItCanKnow) {
  for (const Row& row : refused) {
    EXPECT_EQ(read(bytes_of(row.stream)), said(row.error)) << row.rule;
  }
}

TEST(ReadClientHello, StaysWithItsAnswerWhateverFollows) {
  for (const Row& row : refused) {
    EXPECT_EQ(read(joined(bytes_of(row.stream), to_records(message))), said(row.error)) << row.rule;
  }
}

TEST(ReadClientHello, TakesARecordOf16384Bytes) {
  auto builder = test::chrome_hello();
  const Stream large = builder.pad_to(16384).build().value();
  ASSERT_EQ(large.size(), 16384u);
  EXPECT_EQ(read(to_records(large)), "hello " + std::string(as_text(large)));
}

TEST(ReadClientHello, BoundsTheMessageWithItsHeader) {
  for (const std::size_t limit : {std::size_t{512}, std::size_t{20000}, std::size_t{65536}}) {
    const HelloLimits limits{.hello_bytes = limit};
    const auto padded = [](std::size_t size) { return test::chrome_hello().pad_to(size).build(); };
    const auto below = padded(limit == 512 ? 512 : limit - 1).value();
    EXPECT_EQ(read(to_records(below), limits), "hello " + std::string(as_text(below)));
    const auto exact = padded(limit).value();
    ASSERT_EQ(exact.size(), limit);
    EXPECT_EQ(read(to_records(exact), limits), "hello " + std::string(as_text(exact)));
    const auto above = padded(limit + 1).value();
    ASSERT_EQ(above.size(), limit + 1);
    Stream stream = to_records(above);
    EXPECT_EQ(read(stream, limits), said(WireError::hello_too_large));
    stream.resize(9);
    EXPECT_EQ(read(stream, limits), said(WireError::hello_too_large)) << "a length over the limit is refused at once";
  }
}

/// One-byte records as many as `count`, then the rest of the message in one record.
Stream drip(const Stream& hello, std::size_t count) {
  Stream stream = to_records(Bytes(hello).first(count), 1);
  const Stream rest = to_records(Bytes(hello).subspan(count));
  return joined(stream, rest);
}

TEST(ReadClientHello, BoundsWhatTheRecordsAdd) {
  const std::size_t most = record_overhead / 5;  // records whose headers fit
  const Stream hello = test::chrome_hello().pad_to(16000).build().value();
  EXPECT_EQ(read(drip(hello, most - 2)), "hello " + std::string(as_text(hello)));
  EXPECT_EQ(read(drip(hello, most - 1)), "hello " + std::string(as_text(hello)));
  EXPECT_EQ(read(drip(hello, most)), said(WireError::hello_too_large));
}

TEST(ReadClientHello, AlwaysSaysSomethingWithinItsBound) {
  const HelloLimits limits{.hello_bytes = 16384};
  const Stream hello = test::chrome_hello().pad_to(16384).build().value();
  const std::size_t most = record_overhead / 5;
  Stream stream = drip(hello, most - 1);
  ASSERT_LE(stream.size(), limits.stream_bytes());
  EXPECT_EQ(read(stream, limits), "hello " + std::string(as_text(hello)));
  Stream hostile = to_records(hello, 1);
  hostile.resize(limits.stream_bytes());
  EXPECT_EQ(read(hostile, limits), said(WireError::hello_too_large));
}

std::string read_in_pieces(const Stream& stream, std::size_t piece, const HelloLimits& limits = {}) {
  HelloReader reader(limits);
  std::string outcome = said(reader.feed({}));
  for (Bytes rest = stream; !rest.empty();) {
    const Bytes next = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(next.size());
    outcome = said(reader.feed(next));
    const Stream so_far(stream.begin(), stream.end() - static_cast<std::ptrdiff_t>(rest.size()));
    if (outcome != read(so_far, limits)) return "otherwise than in one piece: " + outcome;
  }
  return outcome;
}

TEST(HelloReader, AnswersLikeOnePieceForEverySizeOfPiece) {
  for (const std::size_t fragment : {std::size_t{1}, std::size_t{7}, std::size_t{200}, std::size_t{16384}}) {
    const Stream stream = to_records(message, fragment);
    for (const std::size_t piece : std::vector<std::size_t>{1, 2, 3, 5, 64, 512, 4096}) {
      EXPECT_EQ(read_in_pieces(stream, piece), whole) << fragment << " " << piece;
    }
  }
  for (const Row& row : refused)
    EXPECT_EQ(read_in_pieces(bytes_of(row.stream), 1), said(row.error)) << row.rule;
}

TEST(HelloReader, AnswersLikeOnePieceForEverySplitInTwo) {
  const Stream stream = to_records(message, 100);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    HelloReader reader;
    (void)reader.feed(Bytes(stream).first(cut));
    EXPECT_EQ(said(reader.feed(Bytes(stream).subspan(cut))), whole) << cut;
  }
}

TEST(HelloReader, KeepsItsAnswer) {
  HelloReader reader;
  EXPECT_EQ(said(reader.feed(to_records(message, 50))), whole);
  EXPECT_EQ(said(reader.feed(bytes_of("more"))), whole);
  HelloReader refusing;
  EXPECT_EQ(said(refusing.feed(bytes_of("G"))), said(WireError::not_tls));
  EXPECT_EQ(said(refusing.feed(to_records(message))), said(WireError::not_tls));
}

TEST(HelloReader, KeepsItsViewWhenMoved) {
  HelloReader reader;
  const auto outcome = reader.feed(to_records(message, 50));
  const HelloReader moved = std::move(reader);
  EXPECT_EQ(said(outcome), whole);
}

TEST(HelloReader, TakesOneByteRecordsByteByByteWithoutRereadingAll) {
  // 6,553 records; rereading every record for every byte would be 100 million steps and time this test out under ASan.
  const Stream hello = test::chrome_hello().pad_to(6553).build().value();
  const Stream stream = to_records(hello, 1);
  HelloReader reader;
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    ASSERT_TRUE(std::holds_alternative<NeedMore>(reader.feed(Bytes(stream).subspan(i, 1))));
  }
  EXPECT_EQ(said(reader.feed(Bytes(stream).last(1))), "hello " + std::string(as_text(hello)));
}

}  // namespace
}  // namespace simplon
