// A hello in any number of pieces is one hello, and the backend of a passed connection gets every byte as it was sent.
#include "support/hello_bytes.hpp"
#include "support/running_gateway.hpp"
#include "support/test_backend.hpp"

#include <gtest/gtest.h>

namespace simplon {

using test::hello_for;
using test::in_records;
using Names = std::vector<std::string>;

namespace {

// Passes "app.example.com" with h2 to `right`, all else to `wrong`.
class HelloPieces : public testing::Test {
 protected:
  test::Recording right;
  test::Recording wrong;
  test::TestBackend right_backend{right.serve("answer")};
  test::TestBackend wrong_backend{wrong.serve("wrong")};
  test::RunningGateway gateway{"[limits]\nhello_bytes = 65536\n" + std::string(test::listen_table) +
                               "[[route]]\nsni = \"app.example.com\"\nalpn = \"h2\"\npass = \"" +
                               right_backend.address() + "\"\n[[route]]\npass = \"" + wrong_backend.address() + "\"\n"};

  // Sends `pieces` one after the other, apart.
  void expect_passed(const std::vector<std::string_view>& pieces) {
    std::string sent;
    test::StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send_apart(pieces));
    for (const std::string_view piece : pieces)
      sent += piece;
    client.finish();
    const test::Received answer = client.read_to_end();
    EXPECT_EQ(answer.bytes, "answer");
    EXPECT_EQ(answer.end, test::StreamEnd::finished);
    const test::Received received = right.next();
    EXPECT_TRUE(received.bytes == sent) << received.bytes.size() << " bytes instead of " << sent.size();
    EXPECT_EQ(received.end, test::StreamEnd::finished);
    const record::Connection record = gateway.next_record();
    EXPECT_EQ(record.verdict, record::Verdict::passed);
    EXPECT_EQ(name_of(record.reason), "");
    EXPECT_EQ(record.route, 1U);
    EXPECT_EQ(record.bytes_in, sent.size());
    EXPECT_EQ(record.bytes_out, 6U);
    // What is never seen is never claimed.
    EXPECT_FALSE(record.selected);
    EXPECT_EQ(record.tls, "");
  }

  void expect_passed_bytewise(std::string_view bytes) {
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      pieces.push_back(bytes.substr(i, 1));
    expect_passed(pieces);
  }

  void expect_refused(const std::string& bytes, std::uint8_t alert) {
    test::StreamSocket client = gateway.connect();
    client.send(bytes);
    EXPECT_EQ(client.read_to_end().bytes, test::fatal_alert(alert));
    client.close();
    EXPECT_EQ(name_of(gateway.next_record().reason), "hello_too_large");
  }

  const std::string hello = in_records(hello_for("app.example.com", Names{"h2", "http/1.1"}));
};

TEST_F(HelloPieces, CutInTwoAnywhere) {
  for (std::size_t cut = 1; cut < hello.size() && !HasFailure(); ++cut) {
    SCOPED_TRACE(cut);
    expect_passed({std::string_view(hello).substr(0, cut), std::string_view(hello).substr(cut)});
  }
}

// RFC 8446 §5.1: handshake messages may be fragmented across several records.
TEST_F(HelloPieces, OneByteInEachRecord) { expect_passed({in_records(hello_for("app.example.com", Names{"h2"}), 1)}); }

TEST_F(HelloPieces, OneByteInEachSegment) { expect_passed_bytewise(hello); }

TEST_F(HelloPieces, OneByteInEachRecordAndSegment) {
  expect_passed_bytewise(in_records(hello_for("app.example.com", Names{"h2"}), 1));
}

TEST_F(HelloPieces, RecordsOfEverySmallSize) {
  for (const std::size_t fragment : {2U, 3U, 4U, 5U, 7U, 64U, 100U}) {
    SCOPED_TRACE(fragment);
    expect_passed({in_records(hello_for("app.example.com", Names{"h2"}), fragment)});
  }
}

// Early data and whatever else follows is the backend's.
TEST_F(HelloPieces, WithBytesBehindTheHello) { expect_passed({hello + test::record_of(23, std::string(9000, 'e'))}); }

// The gateway takes 4,096 bytes at its first look, and looks at the rest where it is.
TEST_F(HelloPieces, AboutAsLongAsTheFirstLook) {
  for (std::size_t size = 4086; size <= 4094 && !HasFailure(); ++size) {
    SCOPED_TRACE(size);
    expect_passed({in_records(hello_for("app.example.com", Names{"h2"}).pad_to(size))});
    expect_passed({hello + test::record_of(23, std::string(size - hello.size(), 'e'))});
  }
}

TEST_F(HelloPieces, LongerThanTheFirstLookAndCutInTwo) {
  const std::string longer = in_records(hello_for("app.example.com", Names{"h2"}).pad_to(6000), 1000);
  for (std::size_t cut = 1; cut < longer.size() && !HasFailure(); cut += 499) {
    SCOPED_TRACE(cut);
    expect_passed({std::string_view(longer).substr(0, cut), std::string_view(longer).substr(cut)});
  }
}

TEST_F(HelloPieces, AtTheSizeLimit) {
  for (const std::size_t size : {65535U, 65536U}) {
    SCOPED_TRACE(size);
    expect_passed({in_records(hello_for("app.example.com", Names{"h2"}).pad_to(size))});
  }
}

TEST_F(HelloPieces, AtTheSizeLimitInRecordsOfAThousandBytes) {
  expect_passed({in_records(hello_for("app.example.com", Names{"h2"}).pad_to(65536), 1000)});
}

// A length over the limit is refused at once, before the rest has come.
TEST_F(HelloPieces, PastTheSizeLimit) {
  const std::string longest = in_records(hello_for("app.example.com", Names{"h2"}).pad_to(65536));
  const std::string longer = longest.substr(0, 6) + std::string("\1\0\0", 3);  // of the body: 65,540 with its header
  expect_refused(longer, 50);
  const std::string by_one = longest.substr(0, 6) + std::string("\0\xff\xfd", 3);  // 65,537 with its header
  expect_refused(by_one, 50);
}

TEST_F(HelloPieces, PastWhatRecordsMayAdd) {
  // 5 bytes of header around each byte: 32 KiB of headers are used up long before the hello is whole.
  expect_refused(in_records(hello_for("app.example.com", Names{"h2"}).pad_to(16000), 1), 50);
}

}  // namespace

// The same limit where it is configured: one byte less, as many, one more.
TEST(HelloBytes, IsTheLimit) {
  test::Recording recording;
  test::TestBackend backend(recording.serve());
  test::RunningGateway gateway("[limits]\nhello_bytes = 2048\n" + std::string(test::listen_table) +
                               "[[route]]\npass = \"" + backend.address() + "\"\n");
  for (const std::size_t size : {2047U, 2048U, 2049U}) {
    SCOPED_TRACE(size);
    const std::string hello = in_records(hello_for("app.example.com", Names{"h2"}).pad_to(size));
    ASSERT_EQ(hello.size(), size + 5);
    test::StreamSocket client = gateway.connect();
    ASSERT_TRUE(client.send(hello));
    client.finish();
    if (size > 2048) {
      EXPECT_EQ(client.read_to_end().bytes, test::fatal_alert(50));
      EXPECT_EQ(name_of(gateway.next_record().reason), "hello_too_large");
    } else {
      EXPECT_EQ(recording.next().bytes, hello);
      EXPECT_EQ(gateway.next_record().verdict, record::Verdict::passed);
    }
  }
}

}  // namespace simplon
