#include "asio_pair.hpp"

#include <fstream>
#include <iterator>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::test {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

class Handshake : public testing::Test {
 protected:
  void serve(std::initializer_list<std::string_view> names) { set_policy(server_context, make_policy(names)); }

  // Both ends at once; what becomes of the server's is in `server_error`.
  error_code shake_hands(ConnectOptions options) {
    SocketPair sockets(running.io);
    auto server = accept(std::move(sockets.server), server_context, {}, asio::use_future);
    auto client = connect(std::move(sockets.client), client_context, std::move(options), asio::use_future);
    const error_code client_error = error_of(std::move(client));
    server_error = error_of(std::move(server));
    return client_error;
  }

  asio::ssl::context server_context = make_server_context();
  asio::ssl::context client_context = make_client_context();
  error_code server_error;
  Running running;
};

TEST_F(Handshake, CompletesCallbacks) {
  serve({"h2", "http/1.1"});
  asio::io_context io;
  SocketPair sockets(io);
  std::string server_protocol;
  std::string client_protocol;
  accept(std::move(sockets.server), server_context, {}, [&](error_code error, const Connection<>& connection) {
    server_protocol = error ? error.message() : text_of(connection.protocol);
  });
  connect(std::move(sockets.client), client_context, offering({"http/1.1", "h2"}),
          [&](error_code error, const Connection<>& connection) {
            client_protocol = error ? error.message() : text_of(connection.protocol);
          });
  EXPECT_EQ(server_protocol, "");  // never before the initiating function returns
  io.run();
  EXPECT_EQ(server_protocol, "h2");
  EXPECT_EQ(client_protocol, "h2");
}

TEST_F(Handshake, CompletesFutures) {
  serve({"h2"});
  SocketPair sockets(running.io);
  auto server = accept(std::move(sockets.server), server_context, {}, asio::use_future);
  auto client = connect(std::move(sockets.client), client_context, offering({"h2"}), asio::use_future);
  EXPECT_EQ(text_of(client.get().protocol), "h2");
  EXPECT_EQ(text_of(server.get().protocol), "h2");
}

asio::awaitable<std::string> accept_and_greet(tcp::socket socket, asio::ssl::context& context) {
  auto connection = co_await accept(std::move(socket), context);
  co_await asio::async_write(connection.stream, asio::buffer("hello\n", 6), asio::use_awaitable);
  co_return text_of(connection.protocol);
}

asio::awaitable<std::string> connect_and_read(tcp::socket socket, asio::ssl::context& context, ConnectOptions options) {
  auto connection = co_await connect(std::move(socket), context, std::move(options));
  std::string line(6, '\0');
  co_await asio::async_read(connection.stream, asio::buffer(line), asio::use_awaitable);
  co_return text_of(connection.protocol) + " " + line;
}

TEST_F(Handshake, CompletesCoroutinesWithAStreamThatCarriesBytes) {
  serve({"http/1.1"});
  SocketPair sockets(running.io);
  auto server =
      asio::co_spawn(running.io, accept_and_greet(std::move(sockets.server), server_context), asio::use_future);
  EXPECT_EQ(running.get(connect_and_read(std::move(sockets.client), client_context, offering({"h2", "http/1.1"}))),
            "http/1.1 hello\n");
  EXPECT_EQ(server.get(), "http/1.1");
}

TEST_F(Handshake, CompletesOnTheHandlersExecutor) {
  asio::thread_pool pool(1);
  SocketPair sockets(running.io);
  sockets.client.close();
  std::promise<bool> there;
  accept(std::move(sockets.server), server_context, {}, asio::bind_executor(pool, [&](error_code, const Connection<>&) {
           there.set_value(pool.get_executor().running_in_this_thread());
         }));
  EXPECT_TRUE(there.get_future().get());
}

asio::awaitable<error_code> accept_without_throwing(tcp::socket socket, asio::ssl::context& context) {
  auto [error, connection] = co_await accept(std::move(socket), context, {}, asio::as_tuple(asio::use_awaitable));
  co_return connection.stream.lowest_layer().is_open() ? error : error_code();
}

TEST_F(Handshake, EndsWithAnAlertWhereNothingIsInCommon) {
  serve({"h2"});
  EXPECT_EQ(shake_hands(offering({"http/1.1"})), HandshakeError::protocol_refused);
  EXPECT_EQ(server_error, HandshakeError::no_common_protocol);
  EXPECT_THAT(server_error.message(), EndsWith("(RFC 7301 §3.2)"));
  EXPECT_THAT(error_code(HandshakeError::protocol_refused).message(), EndsWith("(RFC 7301 §3.2)"));
}

TEST_F(Handshake, LeavesTheStreamToWhoHandlesTheError) {
  serve({"h2"});
  SocketPair sockets(running.io);
  auto client = connect(std::move(sockets.client), client_context, offering({"h3"}), asio::use_future);
  EXPECT_EQ(running.get(accept_without_throwing(std::move(sockets.server), server_context)),
            HandshakeError::no_common_protocol);
  EXPECT_EQ(error_of(std::move(client)), HandshakeError::protocol_refused);
}

// As a server answers that was written by hand and got it wrong.
int answer_h3(SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void*) {
  *out = reinterpret_cast<const unsigned char*>("h3");
  *size = 2;
  return SSL_TLSEXT_ERR_OK;
}

TEST_F(Handshake, RefusesAnAnswerThatWasNotOffered) {
  SSL_CTX_set_alpn_select_cb(server_context.native_handle(), answer_h3, nullptr);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(server_context.native_handle(), version);
    const error_code error = shake_hands(offering({"h2"}));
    EXPECT_EQ(error, WireError::answer_not_offered);
    EXPECT_EQ(error.message(), "the server selected a protocol that was not offered (RFC 7301 §3.1)");
  }
}

// The first record of a TLS 1.2 server, with `alpn` as the body of its ALPN extension (RFC 5246 §7.4.1.3).
std::string server_hello(const std::string& alpn) {
  ByteWriter record;
  record.write(as_bytes(std::string_view("\x16\x03\x03", 3)));
  static_cast<void>(record.write_vector(2, [&](ByteWriter& fragment) {
    fragment.write_u8(2);
    static_cast<void>(fragment.write_vector(3, [&](ByteWriter& hello) {
      hello.write_u16(0x0303);
      hello.write(as_bytes(std::string(32, 'r')));
      hello.write_u8(0);        // session id
      hello.write_u16(0xc02f);  // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
      hello.write_u8(0);        // compression
      static_cast<void>(hello.write_vector(2, [&](ByteWriter& extensions) {
        extensions.write_u16(extension_type::alpn);
        static_cast<void>(extensions.write_vector(2, [&](ByteWriter& body) { body.write(as_bytes(alpn)); }));
      }));
    }));
  }));
  return std::string(as_text(record.bytes()));
}

TEST_F(Handshake, RefusesAnswersThatAreNone) {
  using namespace std::string_literals;
  for (const auto& [offer, alpn, wrong] : {
           std::tuple{offering({"h2", "h3"}), "\0\x06\x02h2\x02h3"s, WireError::answer_not_single},
           {offering({"h2"}), "\0\0"s, WireError::empty_list},
           {offering({"h2"}), "\0\x02\x02h"s, WireError::truncated_name},
           {offering({}), "\0\x03\x02h2"s, WireError::answer_unasked},
       }) {
    SocketPair sockets(running.io);
    asio::write(sockets.server, asio::buffer(server_hello(alpn)));
    EXPECT_EQ(error_of(connect(std::move(sockets.client), client_context, offer, asio::use_future)), wrong);
  }
}

TEST_F(Handshake, RefusesAServerThatSelectsNothingUnlessToldOtherwise) {
  const error_code error = shake_hands(offering({"h2"}));
  EXPECT_EQ(error, WireError::answer_missing);
  EXPECT_EQ(error.message(), "the server selected no protocol (RFC 7301 §3.2)");
  EXPECT_FALSE(server_error);

  ConnectOptions options = offering({"h2"});
  options.require_protocol = false;
  EXPECT_FALSE(shake_hands(std::move(options)));
}

TEST_F(Handshake, GoesOnWithoutAlpnWhereNothingIsOffered) {
  serve({"h2"});
  SocketPair sockets(running.io);
  auto server = accept(std::move(sockets.server), server_context, {}, asio::use_future);
  auto client = connect(std::move(sockets.client), client_context, offering({}), asio::use_future);
  EXPECT_FALSE(client.get().protocol);
  EXPECT_FALSE(server.get().protocol);
}

TEST_F(Handshake, VerifiesTheServersNameUnlessToldOtherwise) {
  ConnectOptions options = offering({});
  options.server_name = "other.example.com";
  EXPECT_THAT(shake_hands(options).message(), HasSubstr("certificate verify failed"));
  options.verify = false;
  EXPECT_FALSE(shake_hands(options));
  options.verify = true;
  options.server_name.clear();
  EXPECT_THAT(shake_hands(options).message(), HasSubstr("certificate verify failed"));
}

TEST_F(Handshake, SendsNamesAndNoAddresses) {  // RFC 6066 §3
  for (const auto& [name, sent] : {std::pair{host, host}, {"127.0.0.1", "none"}, {"::1", "none"}, {"", "none"}}) {
    SocketPair sockets(running.io);
    auto server = accept(std::move(sockets.server), server_context, {}, asio::use_future);
    ConnectOptions options = offering({});
    options.server_name = name;
    options.verify = false;
    static_cast<void>(connect(std::move(sockets.client), client_context, std::move(options), asio::use_future).get());
    const auto connection = server.get();
    const char* const received = SSL_get_servername(
        const_cast<asio::ssl::stream<tcp::socket>&>(connection.stream).native_handle(), TLSEXT_NAMETYPE_host_name);
    EXPECT_EQ(received == nullptr ? "none" : received, sent) << name;
  }
}

TEST_F(Handshake, ReportsAPeerThatLeaves) {
  SocketPair sockets(running.io);
  sockets.client.close();
  const error_code error = error_of(accept(std::move(sockets.server), server_context, {}, asio::use_future));
  EXPECT_EQ(error, asio::ssl::error::stream_truncated) << error.message();
}

TEST_F(Handshake, TimesOutWhereThePeerIsSilent) {
  {
    SocketPair sockets(running.io);
    const error_code error = error_of(accept(std::move(sockets.server), server_context, {20ms}, asio::use_future));
    EXPECT_EQ(error, HandshakeError::timed_out);
    EXPECT_EQ(error, boost::system::errc::timed_out);
    EXPECT_EQ(error.message(), "the handshake was not over in time");
  }
  SocketPair sockets(running.io);
  ConnectOptions options = offering({"h2"});
  options.timeout = 20ms;
  EXPECT_EQ(error_of(connect(std::move(sockets.client), client_context, std::move(options), asio::use_future)),
            HandshakeError::timed_out);
}

// A byte of a ClientHello's header every few milliseconds, until nobody wants them.
asio::awaitable<void> drip(tcp::socket socket) {
  std::string hello{"\x16\x03\x01\x20\x00\x01\x00\x1f\xfc\x03\x03", 11};
  hello.resize(8192, 'x');
  asio::steady_timer timer(socket.get_executor());
  error_code error;
  for (const char byte : hello) {
    co_await asio::async_write(socket, asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    timer.expires_after(5ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

TEST_F(Handshake, TimesOutWhereThePeerDrips) {
  SocketPair sockets(running.io);
  asio::co_spawn(running.io, drip(std::move(sockets.client)), asio::detached);
  EXPECT_EQ(error_of(accept(std::move(sockets.server), server_context, {100ms}, asio::use_future)),
            HandshakeError::timed_out);
}

TEST_F(Handshake, WaitsForEverWhereToldSo) {
  serve({"h2"});
  SocketPair sockets(running.io);
  auto server =
      accept(std::move(sockets.server), server_context, {std::chrono::steady_clock::duration::max()}, asio::use_future);
  static_cast<void>(connect(std::move(sockets.client), client_context, offering({"h2"}), asio::use_future).get());
  EXPECT_EQ(text_of(server.get().protocol), "h2");
}

TEST_F(Handshake, IsCancelledThroughTheSlot) {
  asio::io_context io;
  SocketPair sockets(io);
  asio::cancellation_signal signal;
  error_code result;
  accept(std::move(sockets.server), server_context, {},
         asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const Connection<>&) { result = error; }));
  io.poll();  // it waits for the client now
  EXPECT_FALSE(result);
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(result, asio::error::operation_aborted);
}

TEST_F(Handshake, IsCancelledBeforeItHasBegun) {
  asio::io_context io;
  SocketPair sockets(io);
  asio::cancellation_signal signal;
  error_code result;
  connect(std::move(sockets.client), client_context, offering({"h2"}),
          asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const Connection<>&) { result = error; }));
  signal.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(result, asio::error::operation_aborted);
}

TEST_F(Handshake, IsNotCancelledWhenItIsOver) {
  serve({"h2"});
  asio::io_context io;
  SocketPair sockets(io);
  asio::cancellation_signal signal;
  std::optional<Connection<>> kept;
  const auto start = std::chrono::steady_clock::now();
  accept(std::move(sockets.server), server_context, {20s},
         asio::bind_cancellation_slot(signal.slot(), [&](error_code error, Connection<> connection) {
           if (!error) kept.emplace(std::move(connection));
         }));
  connect(std::move(sockets.client), client_context, offering({"h2"}), [](error_code, const Connection<>&) {});
  io.run();  // to the deadline, if it were still armed
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  signal.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->stream.lowest_layer().is_open());
}

TEST_F(Handshake, IsCancelledFromAnyThreadAtAnyTime) {
  serve({"h2"});
  Running many(2);
  for (int i = 0; i < 50; ++i) {
    SocketPair sockets(many.io);
    asio::cancellation_signal signal;
    auto strand = asio::make_strand(many.io);
    std::promise<error_code> ended;
    asio::dispatch(strand, [&] {
      accept(std::move(sockets.server), server_context, {},
             asio::bind_cancellation_slot(
                 signal.slot(),
                 asio::bind_executor(strand, [&](error_code error, const Connection<>&) { ended.set_value(error); })));
    });
    auto client = connect(std::move(sockets.client), client_context, offering({"h2"}), asio::use_future);
    if (i % 2 == 0) client.wait_for(std::chrono::microseconds(i * 40));
    asio::post(strand, [&] { signal.emit(asio::cancellation_type::terminal); });
    const error_code error = ended.get_future().get();
    EXPECT_TRUE(!error || error == asio::error::operation_aborted) << error.message();
    static_cast<void>(error_of(std::move(client)));
    std::promise<void> settled;
    asio::post(strand, [&] { settled.set_value(); });
    settled.get_future().get();
  }
}

TEST(HandshakeErrors, AreInTheGuideAsTheySayThemselves) {
  std::ifstream file(SIMPLON_SOURCE_DIR "/docs/asio.md");
  const std::string guide{std::istreambuf_iterator<char>(file), {}};
  for (const error_code error :
       {error_code(HandshakeError::no_common_protocol), error_code(HandshakeError::protocol_refused),
        error_code(HandshakeError::protocol_missing), error_code(HandshakeError::timed_out),
        error_code(HandshakeError::answer_differs), error_code(WireError::answer_not_offered),
        error_code(WireError::answer_missing), error_code(WireError::answer_unasked)}) {
    EXPECT_STREQ(error.category().name(), "simplon");
    EXPECT_THAT(guide, HasSubstr("` | " + error.message() + " |\n"));
  }
}

}  // namespace
}  // namespace simplon::test
