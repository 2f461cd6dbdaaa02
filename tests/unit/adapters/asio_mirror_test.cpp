#include "asio_pair.hpp"
#include "simplon/hello/builder.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::test {
namespace {

using namespace std::chrono_literals;
using Stream = asio::ssl::stream<tcp::socket>;

// What a tool makes of one client whose upstream is `upstream`.
asio::awaitable<std::optional<MirroredConnections>> mirror_all(tcp::socket client, tcp::socket upstream,
                                                               asio::ssl::context& server_context,
                                                               asio::ssl::context& client_context,
                                                               MirrorOptions options) {
  Mirror mirror(std::move(client), options);
  const ClientHelloView hello = co_await mirror.read_hello();
  UpstreamOptions asked;
  asked.server_name = std::string(as_text(hello.server_name.value_or(Bytes{})));
  co_await mirror.ask(std::move(upstream), client_context, std::move(asked));
  co_return co_await mirror.answer(server_context);
}

class MirrorTest : public testing::Test {
 protected:
  // A client through a mirror to an upstream that speaks `served`, or knows of no ALPN where that is empty.
  void run_through(ConnectOptions options, std::initializer_list<std::string_view> served) {
    if (served.size() > 0) set_policy(upstream_context, make_policy(served));
    // Boost 1.81 leaks what a stream had that is assigned to.
    mirrored.reset();
    client_connection.reset();
    upstream_connection.reset();
    SocketPair front(running.io);
    SocketPair back(running.io);
    auto upstream = accept(std::move(back.server), upstream_context, {}, asio::use_future);
    auto client = connect(std::move(front.client), client_context, std::move(options), asio::use_future);
    auto tool = asio::co_spawn(
        running.io, mirror_all(std::move(front.server), std::move(back.client), server_context, client_context, {}),
        asio::use_future);
    mirrored = settle(std::move(tool), tool_error).value_or(std::nullopt);
    client_connection = settle(std::move(client), client_error);
    upstream_connection = settle(std::move(upstream), upstream_error);
  }

  template <typename T>
  static std::optional<T> settle(std::future<T> future, error_code& error) {
    try {
      return future.get();
    } catch (const boost::system::system_error& thrown) {
      error = thrown.code();
      return std::nullopt;
    }
  }

  // The bytes that a client gets back for `sent`.
  std::string answer_to(const std::string& sent, error_code& error) {
    SocketPair front(running.io);
    SocketPair back(running.io);
    auto tool = asio::co_spawn(
        running.io, mirror_all(std::move(front.server), std::move(back.client), server_context, client_context, {}),
        asio::use_future);
    asio::write(front.client, asio::buffer(sent));
    std::string received;
    error_code end;
    asio::read(front.client, asio::dynamic_buffer(received), end);
    EXPECT_EQ(end, asio::error::eof);
    static_cast<void>(settle(std::move(tool), error));
    return received;
  }

  Running running;  // it outlives the sockets
  asio::ssl::context upstream_context = make_server_context();
  asio::ssl::context server_context = make_server_context();
  asio::ssl::context client_context = make_client_context();
  error_code client_error;
  error_code upstream_error;
  error_code tool_error;
  std::optional<MirroredConnections> mirrored;
  std::optional<Connection<>> client_connection;
  std::optional<Connection<>> upstream_connection;
};

const std::string alert_120{"\x15\x03\x03\x00\x02\x02\x78", 7};

ClientHelloBuilder make_hello() {
  static const std::string key(32, 'k');
  const KeyShareView share{29, as_bytes(key)};  // X25519
  return ClientHelloBuilder::modern({&share, 1}).server_name(host);
}

std::string hello_bytes(const ClientHelloBuilder& builder) {
  return std::string(as_text(to_records(builder.build().value())));
}

TEST_F(MirrorTest, AnswersWhatTheUpstreamSelects) {
  for (const auto* const protocol : {"h2", "http/1.1"}) {
    run_through(offering({"h2", "http/1.1"}), {protocol});
    ASSERT_TRUE(mirrored) << tool_error.message();
    ASSERT_TRUE(client_connection) << client_error.message();
    EXPECT_EQ(text_of(mirrored->protocol), protocol);
    EXPECT_EQ(text_of(client_connection->protocol), protocol);
    EXPECT_EQ(text_of(upstream_connection->protocol), protocol);
  }
}

TEST_F(MirrorTest, GivesTwoStreamsThatCarryBytes) {
  run_through(offering({"h2"}), {"h2"});
  ASSERT_TRUE(mirrored && client_connection && upstream_connection);
  asio::write(client_connection->stream, asio::buffer("ask", 3));
  std::string text(3, ' ');
  asio::read(mirrored->client, asio::buffer(text));
  EXPECT_EQ(text, "ask");
  asio::write(upstream_connection->stream, asio::buffer("say", 3));
  asio::read(mirrored->upstream, asio::buffer(text));
  EXPECT_EQ(text, "say");
}

TEST_F(MirrorTest, AsksWithTheClientsOwnOrder) {
  set_policy(upstream_context, Policy(Preferences::from(ids_of({"h2", "http/1.1"})).value(), Order::client));
  run_through(offering({"http/1.1", "h2"}), {});
  ASSERT_TRUE(mirrored) << tool_error.message();
  EXPECT_EQ(text_of(mirrored->protocol), "http/1.1");
}

TEST_F(MirrorTest, AnswersWithoutAlpnWhereTheUpstreamSelectsNothing) {
  ConnectOptions options = offering({"h2"});
  options.require_protocol = false;
  set_policy(server_context, make_policy({"h2"}));  // which is not asked
  run_through(std::move(options), {});
  ASSERT_TRUE(mirrored) << tool_error.message();
  EXPECT_FALSE(mirrored->protocol);
  ASSERT_TRUE(client_connection) << client_error.message();
  EXPECT_FALSE(client_connection->protocol);
}

TEST_F(MirrorTest, OffersNothingWhereTheClientOffersNothing) {
  run_through(offering({}), {"h2"});
  ASSERT_TRUE(mirrored) << tool_error.message();
  EXPECT_FALSE(upstream_connection->protocol);
  EXPECT_FALSE(client_connection->protocol);
}

TEST_F(MirrorTest, PassesTheUpstreamsRefusalOn) {
  run_through(offering({"h3"}), {"h2"});
  EXPECT_EQ(tool_error, HandshakeError::protocol_refused);
  EXPECT_EQ(client_error, HandshakeError::protocol_refused);
  EXPECT_EQ(upstream_error, HandshakeError::no_common_protocol);
}

TEST_F(MirrorTest, EndsTheClientsHandshakeWhereTheUpstreamsFails) {
  asio::ssl::context trusts_nobody(asio::ssl::context::tls_client);
  client_context = std::move(trusts_nobody);
  ConnectOptions options = offering({"h2"});
  options.verify = false;
  run_through(std::move(options), {"h2"});
  EXPECT_THAT(tool_error.message(), testing::HasSubstr("certificate verify failed"));
  EXPECT_THAT(client_error.message(), testing::HasSubstr("internal error"));
}

TEST_F(MirrorTest, OffersNoGrease) {
  const auto hello = make_hello().alpn(ProtocolList::from(ids_of({"\x0a\x0a"})).value().view());
  error_code error;
  EXPECT_EQ(answer_to(hello_bytes(hello), error), alert_120);  // nothing is left
  EXPECT_EQ(error, HandshakeError::no_common_protocol);
}

TEST_F(MirrorTest, OffersNoH2WhereTheClientsTlsForbidsIt) {  // RFC 9113 §9.2
  auto hello = make_hello().alpn(ProtocolList::from(ids_of({"h2"})).value().view());
  hello.without_extension(extension_type::supported_versions)
      .legacy_version(0x0303)
      .cipher_suites(std::array<std::uint16_t, 1>{0xc013});
  error_code error;
  EXPECT_EQ(answer_to(hello_bytes(hello), error), alert_120);
  EXPECT_EQ(error, HandshakeError::no_common_protocol);
}

TEST_F(MirrorTest, RefusesWhatIsNoHello) {
  error_code error;
  EXPECT_EQ(answer_to("\x16\x03\x01\x41\x01", error), std::string("\x15\x03\x03\x00\x02\x02\x16", 7));
  EXPECT_EQ(error, WireError::record_too_long);
  EXPECT_EQ(error.message(), "a record of more than 16,384 bytes (RFC 8446 §5.1)");
}

asio::awaitable<std::string> name_in_hello(Mirror& mirror) {
  const ClientHelloView hello = co_await mirror.read_hello();
  co_return std::string(as_text(hello.server_name.value_or(Bytes{})));
}

TEST_F(MirrorTest, ReadsAHelloInPiecesAndNotAByteMore) {
  SocketPair front(running.io);
  Mirror mirror(std::move(front.server));
  auto name = asio::co_spawn(running.io, name_in_hello(mirror), asio::use_future);
  const std::string hello = hello_bytes(make_hello()) + "rest";
  for (const char byte : hello)
    asio::write(front.client, asio::buffer(&byte, 1));
  EXPECT_EQ(name.get(), host);
  mirror.refuse(Alert::unrecognized_name);
  std::string answer(7, ' ');
  asio::read(front.client, asio::buffer(answer));
  EXPECT_EQ(answer.back(), 112);
}

TEST_F(MirrorTest, HasOneDeadlineForAll) {
  {
    SocketPair front(running.io);
    Mirror mirror(std::move(front.server), {.timeout = 20ms});
    EXPECT_EQ(error_of(mirror.read_hello(asio::use_future)), HandshakeError::timed_out);
  }
  SocketPair front(running.io);
  SocketPair back(running.io);  // whose server is silent
  Mirror mirror(std::move(front.server), {.timeout = 100ms});
  asio::write(front.client, asio::buffer(hello_bytes(make_hello())));
  EXPECT_FALSE(error_of(mirror.read_hello(asio::use_future)));
  EXPECT_EQ(error_of(mirror.ask(std::move(back.client), client_context, {host}, asio::use_future)),
            HandshakeError::timed_out);
  std::string answer(7, ' ');
  asio::read(front.client, asio::buffer(answer));
  EXPECT_EQ(answer, std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
}

TEST_F(MirrorTest, IsCancelledThroughTheSlot) {
  asio::io_context io;
  SocketPair front(io);
  Mirror mirror(std::move(front.server));
  asio::cancellation_signal signal;
  error_code result;
  mirror.read_hello(
      asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const ClientHelloView&) { result = error; }));
  io.poll();
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(result, asio::error::operation_aborted);
}

TEST_F(MirrorTest, HasAnOrder) {
  SocketPair front(running.io);
  SocketPair back(running.io);
  Mirror mirror(std::move(front.server));
  EXPECT_THROW(mirror.ask(std::move(back.client), client_context, {}, asio::use_future), std::logic_error);
  EXPECT_THROW(mirror.answer(server_context, asio::use_future), std::logic_error);
}

}  // namespace
}  // namespace simplon::test
