// Bytes both ways, and the ends of a connection.
#include "support/tls_library.hpp"
#include "unit/tls/tls_pair.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>

namespace simplon::tls {

namespace {

using Stream = EveryVersion;

Bytes bytes_of(const std::string& text) { return as_bytes(text); }

std::string read_all(ServerConnection& server, Status& last) {
  std::string text;
  std::array<std::byte, 1000> buffer;
  while (true) {
    const Step step = server.read(buffer);
    last = step.status;
    if (step.status != Status::done) return text;
    text += as_text(std::span(buffer).first(step.bytes));
  }
}

TEST_P(Stream, CarriesBytesBothWays) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.client.write("question"));
  Status last{};
  EXPECT_EQ(read_all(pair.server, last), "question");
  EXPECT_EQ(last, Status::want_read);
  EXPECT_TRUE(pair.echo("answer"));
}

TEST_P(Stream, WantsToReadWhereNothingCame) {
  TlsPair pair(this->options());
  EXPECT_EQ(pair.server.handshake().status, Status::want_read);
  ASSERT_TRUE(pair.handshake());
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(pair.server.read(buffer).status, Status::want_read);
}

TEST_P(Stream, GivesAllOfARecordToSmallBuffers) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  const std::string sent(50000, 'x');
  ASSERT_TRUE(pair.client.write(sent));
  Status last{};
  EXPECT_EQ(read_all(pair.server, last), sent);
}

TEST_P(Stream, GivesAllRecordsThatCame) {
  if (test::tls_library == test::TlsLibrary::boringssl) GTEST_SKIP() << "BoringSSL reads no further than a record";
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.client.write("one "));
  ASSERT_TRUE(pair.client.write("and two"));
  std::array<std::byte, 100> buffer;
  const Step step = pair.server.read(buffer);
  EXPECT_EQ(as_text(std::span(buffer).first(step.bytes)), "one and two");
}

// Whoever sends much is read by larger steps than one record of 16 KiB.
TEST_P(Stream, ReadsABulkFlowByLargeSteps) {
  if (test::tls_library == test::TlsLibrary::boringssl) GTEST_SKIP() << "BoringSSL reads no further than a record";
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  std::vector<std::byte> buffer(100'000);
  std::size_t most = 0;
  std::size_t read = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(pair.client.write(std::string(32 * 1024, 'x')));
    Step step = pair.server.read(buffer);
    for (; step.status == Status::done; step = pair.server.read(buffer)) {
      read += step.bytes;
      most = std::max(most, step.bytes);
    }
    ASSERT_EQ(step.status, Status::want_read);
  }
  EXPECT_EQ(read, 20U * 32 * 1024);
  EXPECT_EQ(most, 32U * 1024);
}

TEST_P(Stream, WritesOneRecordAtATime) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  const std::string text(20000, 'x');
  EXPECT_EQ(pair.server.write(bytes_of(text)).bytes, 16384U);
  EXPECT_EQ(pair.client.read(16384).size(), 16384U);
}

// A write that finds the socket full goes on from bytes that have moved.
TEST_P(Stream, WritesThroughAFullSocket) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  pair.sockets.shrink_server_buffer(8192);
  std::string text(1000000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<char>('a' + i % 26);
  std::string received;
  std::size_t written = 0;
  bool waited = false;
  while (received.size() < text.size()) {
    const std::string moved = text.substr(written);
    const Step step = pair.server.write(bytes_of(moved));
    ASSERT_NE(step.status, Status::failed) << pair.server.error();
    waited = waited || step.status == Status::want_write;
    written += step.bytes;
    while (pair.client.step_read(received) == test::Progress::done) {
    }
  }
  EXPECT_TRUE(received == text);
  EXPECT_TRUE(waited);
}

TEST_P(Stream, CountsTheSocketsBytes) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.echo("and every ticket"));
  const auto before = pair.server.socket_bytes_out();
  EXPECT_GT(before, 0U);
  EXPECT_GT(pair.server.socket_bytes_in(), 0U);
  ASSERT_TRUE(pair.echo(std::string(1000, 'x')));
  EXPECT_GT(pair.server.socket_bytes_out(), before + 1000);
  EXPECT_LT(pair.server.socket_bytes_out(), before + 1100);
}

TEST_P(Stream, TellsCloseNotify) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.client.write("last words"));
  pair.client.shutdown();
  Status last{};
  EXPECT_EQ(read_all(pair.server, last), "last words");
  EXPECT_EQ(last, Status::closed);
  EXPECT_TRUE(pair.server.closed_cleanly());
}

// RFC 8446 §6.1: data may have been cut off where the stream ends without close_notify.
TEST_P(Stream, TellsTruncation) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.client.write("last wo"));
  pair.sockets.close_client();
  Status last{};
  EXPECT_EQ(read_all(pair.server, last), "last wo");
  EXPECT_EQ(last, Status::closed);
  EXPECT_FALSE(pair.server.closed_cleanly());
  EXPECT_EQ(pair.server.error(), "");
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(pair.server.read(buffer).status, Status::closed) << "and goes on telling it";
}

// Some clients close their direction without close_notify, and still wait for the answer.
TEST_P(Stream, WritesAfterTheClientsStreamEnded) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_EQ(::shutdown(pair.sockets.client(), SHUT_WR), 0);
  std::array<std::byte, 10> buffer;
  ASSERT_EQ(pair.server.read(buffer).status, Status::closed);
  EXPECT_FALSE(pair.server.closed_cleanly());
  EXPECT_FALSE(pair.server.alert_sent());
  EXPECT_TRUE(pair.echo("still here"));
  EXPECT_EQ(pair.server.shutdown().status, Status::done);
}

// RFC 8446 §6.1: each side closes its own direction.
TEST_P(Stream, WritesAfterTheClientHasClosedItsSide) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  pair.client.shutdown();
  std::array<std::byte, 10> buffer;
  ASSERT_EQ(pair.server.read(buffer).status, Status::closed);
  const std::string text = "still here";
  EXPECT_EQ(pair.server.write(bytes_of(text)).bytes, text.size());
}

TEST_P(Stream, ReadsAfterItsOwnShutdown) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  EXPECT_EQ(pair.server.shutdown().status, Status::done);
  std::string nothing;
  EXPECT_EQ(pair.client.step_read(nothing), test::Progress::closed);
  EXPECT_TRUE(pair.client.close_notify_received());
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(pair.server.read(buffer).status, Status::want_read);
}

TEST_P(Stream, EndsWithTheClientInTheHandshake) {
  TlsPair pair(this->options());
  EXPECT_EQ(pair.client.step_handshake(), test::Progress::want_read);
  EXPECT_EQ(pair.server.handshake().status, Status::want_read);
  ASSERT_EQ(::shutdown(pair.sockets.client(), SHUT_WR), 0);
  EXPECT_EQ(pair.server.handshake().status, Status::closed);
  EXPECT_FALSE(pair.server.closed_cleanly());
  EXPECT_EQ(pair.server.handshake().status, Status::closed) << "and goes on telling it";
  EXPECT_EQ(pair.server.write(bytes_of("x")).status, Status::failed);
}

TEST_P(Stream, FailsWithTheSocketsErrorOnAReset) {
  TlsPair pair(this->options());
  EXPECT_EQ(pair.client.step_handshake(), test::Progress::want_read);
  EXPECT_EQ(pair.server.handshake().status, Status::want_read);
  pair.sockets.close_client();  // with the server's answer unread, which makes it a reset
  EXPECT_EQ(pair.server.handshake().status, Status::failed);
  EXPECT_EQ(pair.server.socket_error(), ECONNRESET);
  EXPECT_THAT(pair.server.error(), testing::HasSubstr("the connection broke"));
}

// With SIGPIPE at its default, this ends the program where a write raises it.
TEST_P(Stream, WritesToAClosedSocketWithoutSigpipe) {
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  pair.sockets.close_client();
  EXPECT_EQ(pair.server.write(bytes_of("into the void")).status, Status::failed);
  EXPECT_EQ(pair.server.socket_error(), EPIPE);
  EXPECT_THAT(pair.server.error(), testing::HasSubstr("the connection broke"));
}

TEST_P(Stream, FailsOnGarbageAndSaysWhichAlertItSent) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  const std::string record("\x17\x03\x03\x00\x20", 5);
  const std::string garbage = record + std::string(32, 'g');
  ASSERT_EQ(::send(pair.sockets.client(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 37);
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(pair.server.read(buffer).status, Status::failed);
  EXPECT_EQ(pair.server.alert_sent(), 20) << "bad_record_mac";
  EXPECT_EQ(pair.server.write(bytes_of("more")).status, Status::failed);
  EXPECT_EQ(pair.server.shutdown().status, Status::failed);
}

TEST_P(Stream, GivesWhatCameBeforeGarbageFirst) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ASSERT_TRUE(pair.client.write("sound"));
  const std::string garbage = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'g');
  ASSERT_EQ(::send(pair.sockets.client(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 37);
  Status last{};
  EXPECT_EQ(read_all(pair.server, last), "sound");
  EXPECT_EQ(last, Status::failed);
  EXPECT_EQ(pair.server.alert_sent(), 20) << "bad_record_mac";
  EXPECT_NE(pair.server.error(), "");
}

// Another connection's leftover in the thread's error queue is not this one's error.
TEST_P(Stream, IgnoresTheErrorsOfOthers) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  TlsPair broken(this->options());
  ASSERT_TRUE(broken.handshake());
  broken.sockets.close_client();
  ASSERT_EQ(broken.server.write(bytes_of("x")).status, Status::failed);
  const std::unique_ptr<BIO, decltype(&BIO_free)> empty(BIO_new(BIO_s_mem()), BIO_free);
  ASSERT_EQ(PEM_read_bio_X509(empty.get(), nullptr, nullptr, nullptr), nullptr);
  ASSERT_NE(ERR_peek_error(), 0U);
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(pair.server.read(buffer).status, Status::want_read);
}

TEST_P(Stream, MovesWithItsConnection) {
  TlsPair pair(this->options());
  ASSERT_TRUE(pair.handshake());
  ServerConnection moved = std::move(pair.server);
  const std::string text = "moved";
  EXPECT_EQ(moved.write(bytes_of(text)).bytes, text.size());
  EXPECT_EQ(pair.client.read(text.size()), text);
}

INSTANTIATE_TEST_SUITE_P(Tls, Stream, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), version_name);

}  // namespace

}  // namespace simplon::tls
