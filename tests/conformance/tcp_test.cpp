// Terminating: TLS on one side, plain bytes on the other, and every end of a stream told as what it was.
#include "support/bulk.hpp"
#include "support/hello_bytes.hpp"
#include "support/round_trip.hpp"
#include "support/socket_pair.hpp"
#include "support/test_backend.hpp"

#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace simplon {

namespace {

using namespace std::chrono_literals;
using test::bulk;
using test::GatewayClient;
using test::Progress;
using test::Received;
using test::StreamEnd;
using test::StreamSocket;

class Terminating : public testing::TestWithParam<int> {
 protected:
  static std::string configure(const test::TestBackend& backend, const std::string& limits = "") {
    return limits + std::string(test::listen_table) + std::string(test::certificate_table) + "[[route]]\ntcp = \"" +
           backend.address() + "\"\n";
  }
  static test::TlsClientOptions options() { return test::client_options(GetParam(), std::nullopt); }
  // A first flight without a client behind it.
  static std::string hello() {
    ClientHelloBuilder builder = test::hello_for("app.example.com", std::nullopt);
    if (GetParam() == TLS1_2_VERSION) builder.without_extension(43).without_extension(51);
    return test::in_records(builder);
  }
};

// The TLS library gets the hello as it came, whether the gateway took it from the socket or left it there.
TEST_P(Terminating, ReadsAHelloInPieces) {
  test::TestBackend backend([](StreamSocket& stream) {
    static_cast<void>(stream.read(4));
    stream.send("pong");
  });
  test::RunningGateway gateway(configure(backend));
  const std::vector<std::string> short_offer{"h2"};
  std::vector<std::string> long_offer;
  for (int i = 0; i < 1000; ++i)
    long_offer.push_back("name-" + std::to_string(i));
  for (const auto& offer : {short_offer, long_offer}) {
    const std::size_t step = offer.size() > 1 ? 1201 : 61;
    for (std::size_t cut = 1, size = cut + 1; cut < size && !HasFailure(); cut += step) {
      SCOPED_TRACE(cut);
      const test::SocketPair pair;
      test::TlsClient client(pair.client(), test::client_options(GetParam(), offer));
      ASSERT_EQ(client.step_handshake(), Progress::want_read);
      const std::string hello = StreamSocket(::dup(pair.server())).read_some().bytes;
      size = hello.size();
      StreamSocket stream = gateway.connect();
      ASSERT_TRUE(stream.send_apart({std::string_view(hello).substr(0, cut), std::string_view(hello).substr(cut)}));
      // From here on the client is connected to the gateway.
      ASSERT_GE(::dup2(stream.descriptor(), pair.client()), 0);
      ASSERT_TRUE(client.handshake()) << client.error();
      ASSERT_TRUE(client.write("ping"));
      EXPECT_EQ(client.read(4), "pong");
      client.shutdown();
    }
  }
}

// RFC 8446 §6.1: close_notify ends one direction; TCP's way to say so is a FIN.
TEST_P(Terminating, CarriesCloseNotifyAsHalfClose) {
  test::Recording recording;
  test::TestBackend backend(recording.serve("after the end"));
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  ASSERT_TRUE(client.tls.write("before the end"));
  client.tls.shutdown();
  const Received received = recording.next();
  EXPECT_EQ(received.bytes, "before the end");
  EXPECT_EQ(received.end, StreamEnd::finished);
  EXPECT_EQ(client.tls.read(100), "after the end");
  EXPECT_TRUE(client.tls.close_notify_received());
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "");
  EXPECT_EQ(record.verdict, record::Verdict::terminated);
  EXPECT_EQ(record.bytes_in, 14U);  // TLS is not counted
  EXPECT_EQ(record.bytes_out, 13U);
}

TEST_P(Terminating, CarriesTheBackendsHalfCloseAsCloseNotify) {
  std::promise<Received> late;
  test::TestBackend backend([&](StreamSocket& stream) {
    stream.send("bye");
    stream.finish();
    late.set_value(stream.read_to_end());
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_EQ(client.tls.read(100), "bye");
  EXPECT_TRUE(client.tls.close_notify_received());
  ASSERT_TRUE(client.tls.write("still here"));
  client.tls.shutdown();
  const Received received = late.get_future().get();
  EXPECT_EQ(received.bytes, "still here");
  EXPECT_EQ(received.end, StreamEnd::finished);
  EXPECT_EQ(name_of(gateway.next_record().reason), "");
}

// A reset is no end of a stream: without close_notify the client knows.
TEST_P(Terminating, CarriesTheBackendsReset) {
  test::TestBackend backend([](StreamSocket& stream) {
    static_cast<void>(stream.read(5));
    stream.reset_on_close();
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("hello")) << client.tls.error();
  EXPECT_EQ(client.tls.read(1), "");
  EXPECT_FALSE(client.tls.close_notify_received());
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_reset");
}

TEST_P(Terminating, CarriesTheClientsReset) {
  std::promise<Received> end;
  std::promise<void> reached;
  test::TestBackend backend([&](StreamSocket& stream) {
    static_cast<void>(stream.read(5));
    reached.set_value();
    end.set_value(stream.read_to_end());
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("hello")) << client.tls.error();
  reached.get_future().wait();
  client.socket.reset();
  EXPECT_EQ(end.get_future().get().end, StreamEnd::reset);
  EXPECT_EQ(name_of(gateway.next_record().reason), "client_reset");
}

TEST_P(Terminating, CarriesMuchBothWays) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  // One thread for both: the library is for one at a time.
  const std::string much = bulk().substr(0, 16UZ * 1024 * 1024);
  std::string unsent = much;
  std::string got;
  bool broken = false;
  ASSERT_TRUE(test::eventually([&] {
    for (int i = 0; i < 64 && !broken; ++i) {
      if (!unsent.empty()) broken = client.tls.step_write(unsent) == Progress::failed;
      for (Progress read = Progress::done; read == Progress::done;) {
        read = client.tls.step_read(got);
        if (read == Progress::failed || read == Progress::closed) broken = true;
      }
    }
    return broken || got.size() >= much.size();
  }));
  EXPECT_FALSE(broken) << client.tls.error();
  EXPECT_TRUE(got == much) << got.size();
}

// From 256 KiB on the kernel encrypts what is sent, where it can.
TEST_P(Terminating, EndsABulkDownloadWithCloseNotify) {
  const std::string much = bulk().substr(0, 4UZ * 1024 * 1024);
  std::promise<Received> late;
  test::TestBackend backend([&](StreamSocket& stream) {
    stream.send(much);
    stream.finish();
    late.set_value(stream.read_to_end());
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_TRUE(client.tls.read(much.size() + 1) == much);
  EXPECT_TRUE(client.tls.close_notify_received());
  ASSERT_TRUE(client.tls.write("still here"));
  client.tls.shutdown();
  EXPECT_EQ(late.get_future().get().bytes, "still here");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "");
  EXPECT_EQ(record.bytes_in, 10U);
  EXPECT_EQ(record.bytes_out, much.size());
}

TEST_P(Terminating, EndsABulkDownloadThatIsCutWithoutCloseNotify) {
  const std::string much = bulk().substr(0, 4UZ * 1024 * 1024);
  test::TestBackend backend([&](StreamSocket& stream) {
    stream.send(much);
    static_cast<void>(stream.read(5));
    stream.reset_on_close();
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  EXPECT_TRUE(client.tls.read(much.size()) == much);
  ASSERT_TRUE(client.tls.write("hello"));
  EXPECT_EQ(client.tls.read(1), "");
  EXPECT_FALSE(client.tls.close_notify_received());
  EXPECT_EQ(name_of(gateway.next_record().reason), "backend_reset");
}

TEST_P(Terminating, WaitsForAClientThatReadsSlowly) {
  constexpr std::string_view rest = "and the rest";
  std::promise<std::size_t> stalled;
  test::TestBackend backend([&](StreamSocket& stream) {
    stalled.set_value(stream.send_until_stalled(bulk(), 200ms));
    stream.send(rest);
    stream.finish();
  });
  test::RunningGateway gateway(configure(backend));
  GatewayClient client(gateway, options(), 4096);
  ASSERT_TRUE(client.tls.handshake()) << client.tls.error();
  const std::size_t sent = stalled.get_future().get();
  EXPECT_LT(sent, bulk().size());
  EXPECT_TRUE(client.tls.read(sent + rest.size(), 60000) == bulk().substr(0, sent).append(rest));
  EXPECT_EQ(client.tls.read(1), "");
  EXPECT_TRUE(client.tls.close_notify_received());
}

TEST_P(Terminating, EndsAnIdleConnection) {
  std::promise<Received> end;
  test::TestBackend backend([&](StreamSocket& stream) { end.set_value(stream.read_to_end()); });
  test::RunningGateway gateway(configure(backend, "[limits]\nidle_timeout = \"300ms\"\n"));
  GatewayClient client(gateway, options());
  ASSERT_TRUE(client.tls.handshake() && client.tls.write("hello")) << client.tls.error();
  EXPECT_EQ(client.tls.read(1), "");
  EXPECT_FALSE(client.tls.close_notify_received());
  EXPECT_EQ(end.get_future().get().bytes, "hello");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "idle_timeout");
  EXPECT_GE(record.total, 299ms);
}

TEST_P(Terminating, EndsAHandshakeThatDoesNotGoOn) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure(backend, "[limits]\nhandshake_timeout = \"300ms\"\n"));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  // The server's flight comes, and is never answered.
  EXPECT_EQ(client.read_to_end().bytes.substr(0, 1), "\x16");
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "handshake_timeout");
  EXPECT_EQ(record.verdict, record::Verdict::failed);
  EXPECT_EQ(backend.dialled(), 0U);
}

TEST_P(Terminating, NotesAClientThatLeavesDuringTheHandshake) {
  test::TestBackend backend(test::echo);
  test::RunningGateway gateway(configure(backend));
  StreamSocket client = gateway.connect();
  ASSERT_TRUE(client.send(hello()));
  EXPECT_EQ(client.read(1).bytes, "\x16");
  client.finish();
  const record::Connection record = gateway.next_record();
  EXPECT_EQ(name_of(record.reason), "client_closed");
  EXPECT_EQ(record.verdict, record::Verdict::failed);
}

INSTANTIATE_TEST_SUITE_P(Tls, Terminating, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& each) { return each.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2"; });

}  // namespace

}  // namespace simplon
