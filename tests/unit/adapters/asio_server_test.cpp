#include "asio_pair.hpp"

#include <atomic>
#include <mutex>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/connect.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Says its name, and stays until the client leaves.
ProtocolHandler say(std::string name) {
  return [name = std::move(name)](Connection<> connection) -> asio::awaitable<void> {
    const std::string line = name + "\n";
    co_await asio::async_write(connection.stream, asio::buffer(line), asio::use_awaitable);
    char byte = 0;
    error_code left;
    co_await connection.stream.async_read_some(asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, left));
  };
}

// What a server says of errors, for a test to wait for.
class Errors {
 public:
  ErrorHandler handler() {
    return [this](const tcp::endpoint&, const std::exception_ptr& error) {
      const std::lock_guard lock(mutex_);
      try {
        std::rethrow_exception(error);
      } catch (const boost::system::system_error& thrown) {
        codes_.push_back(thrown.code());
        texts_.push_back(thrown.code().message());
      } catch (const std::exception& thrown) {
        codes_.emplace_back();
        texts_.emplace_back(thrown.what());
      }
      told_.notify_all();
    };
  }

  std::vector<std::string> wait_for_texts(std::size_t count) {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, 10s, [&] { return texts_.size() >= count; });
    return texts_;
  }
  error_code wait_for_one() {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, 10s, [&] { return !codes_.empty(); });
    return codes_.empty() ? error_code() : codes_.front();
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<error_code> codes_;
  std::vector<std::string> texts_;
};

using Stream = asio::ssl::stream<tcp::socket>;

class ServerTest : public testing::Test {
 protected:
  Server make_server(ServerOptions options = {}) { return {running.io.get_executor(), make_server_context(), options}; }

  std::future<void> start(Server& server) {
    endpoint = server.listen(any_port());
    return server.run(asio::use_future);
  }

  tcp::socket dial() {
    tcp::socket socket(running.io);
    socket.connect(endpoint);
    return socket;
  }

  Stream connect_to_server(ConnectOptions options) {
    return connect(dial(), client_context, std::move(options), asio::use_future).get().stream;
  }

  static std::string read_line(Stream& stream) {
    std::string line;
    asio::read_until(stream, asio::dynamic_buffer(line), '\n');
    line.pop_back();
    return line;
  }

  // What the handler says that the offer leads to.
  std::string said_to(std::initializer_list<std::string_view> names) {
    Stream stream = connect_to_server(offering(names));
    return read_line(stream);
  }

  static error_code read_to_end(Stream& stream) {
    std::string rest;
    error_code error;
    asio::read(stream, asio::dynamic_buffer(rest), error);
    return error;
  }

  asio::ssl::context client_context = make_client_context();
  tcp::endpoint endpoint;
  Errors errors;
  Running running{2};
};

TEST_F(ServerTest, HandsEveryConnectionToTheHandlerOfItsProtocol) {
  Server server = make_server();
  server.on("h2", say("two")).on("http/1.1", say("one")).on_none(say("none"));
  auto run = start(server);
  EXPECT_EQ(said_to({"h2"}), "two");
  EXPECT_EQ(said_to({"http/1.1"}), "one");
  EXPECT_EQ(said_to({}), "none");
  server.stop();
  run.get();
}

TEST_F(ServerTest, PrefersWhatWasRegisteredFirst) {
  Server server = make_server();
  server.on("http/1.1", say("one")).on("h2", say("two"));
  auto run = start(server);
  EXPECT_EQ(said_to({"h2", "http/1.1"}), "one");
  server.stop();
  run.get();
}

TEST_F(ServerTest, PrefersWhatTheClientPrefersWhereToldSo) {
  Server server = make_server({.order = Order::client});
  server.on("http/1.1", say("one")).on("h2", say("two"));
  auto run = start(server);
  EXPECT_EQ(said_to({"h2", "http/1.1"}), "two");
  server.stop();
  run.get();
}

TEST_F(ServerTest, RefusesWhoOffersNothingInCommon) {
  Server server = make_server();
  server.on("h2", say("two")).on_none(say("none")).on_error(errors.handler());
  auto run = start(server);
  EXPECT_EQ(error_of(connect(dial(), client_context, offering({"h3"}), asio::use_future)),
            HandshakeError::protocol_refused);
  EXPECT_EQ(errors.wait_for_one(), HandshakeError::no_common_protocol);
  server.stop();
  run.get();
}

TEST_F(ServerTest, LetsAMismatchThroughWhereToldSo) {
  Server server = make_server({.mismatch = Mismatch::ignore});
  server.on("h2", say("two")).on_none(say("none"));
  auto run = start(server);
  ConnectOptions options = offering({"h3"});
  options.require_protocol = false;
  Stream stream = connect_to_server(std::move(options));
  EXPECT_EQ(read_line(stream), "none");
  stream.lowest_layer().close();
  server.stop();
  run.get();
}

TEST_F(ServerTest, RefusesWhoOffersNothingWhereNobodyServesThat) {
  Server server = make_server();
  server.on("h2", say("two")).on_error(errors.handler());
  auto run = start(server);
  // The same alert 120 as for a mismatch.
  EXPECT_EQ(error_of(connect(dial(), client_context, offering({}), asio::use_future)),
            HandshakeError::protocol_refused);
  EXPECT_EQ(errors.wait_for_one(), HandshakeError::protocol_missing);
  EXPECT_EQ(errors.wait_for_texts(1).front(), "the client offered no protocol at all (RFC 7301 §3.1)");
  server.stop();
  run.get();
}

TEST_F(ServerTest, EndsTheConnectionAloneWhoseHandlerThrows) {
  Server server = make_server();
  server.on("h2", say("two")).on("http/1.1", [](Connection<>) -> asio::awaitable<void> {
    throw std::runtime_error("no such luck");
    co_return;
  });
  server.on_error(errors.handler());
  auto run = start(server);
  Stream stays = connect_to_server(offering({"h2"}));
  EXPECT_EQ(read_line(stays), "two");
  Stream ends = connect_to_server(offering({"http/1.1"}));
  EXPECT_TRUE(read_to_end(ends));
  EXPECT_THAT(errors.wait_for_texts(1), ElementsAre("no such luck"));
  EXPECT_EQ(said_to({"h2"}), "two");
  stays.lowest_layer().close();
  server.stop();
  run.get();
}

TEST_F(ServerTest, ClosesWhoIsSilent) {
  Server server = make_server({.handshake_timeout = 20ms});
  server.on("h2", say("two")).on_error(errors.handler());
  auto run = start(server);
  tcp::socket socket = dial();
  char byte = 0;
  error_code error;
  socket.read_some(asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::eof);
  EXPECT_EQ(errors.wait_for_one(), HandshakeError::timed_out);
  server.stop();
  run.get();
}

TEST_F(ServerTest, LetsClientsWaitWhereThereAreTooMany) {
  Server server = make_server({.max_connections = 1});
  server.on("h2", say("two"));
  auto run = start(server);
  Stream first = connect_to_server(offering({"h2"}));
  EXPECT_EQ(read_line(first), "two");
  auto second = connect(dial(), client_context, offering({"h2"}), asio::use_future);
  EXPECT_EQ(second.wait_for(50ms), std::future_status::timeout);
  first.lowest_layer().close();
  Stream stream = std::move(second.get().stream);
  EXPECT_EQ(read_line(stream), "two");
  stream.lowest_layer().close();
  server.stop();
  run.get();
}

TEST_F(ServerTest, WaitsForHandlersWhenItIsStopped) {
  Server server = make_server();
  server.on("h2", say("two"));
  auto run = start(server);
  Stream stream = connect_to_server(offering({"h2"}));
  EXPECT_EQ(read_line(stream), "two");
  server.stop();
  server.stop();
  // It accepts no more as soon as this one is refused.
  tcp::socket late(running.io);
  error_code refused;
  while (!refused) {
    late = tcp::socket(running.io);
    late.connect(endpoint, refused);
  }
  EXPECT_EQ(refused, asio::error::connection_refused);
  EXPECT_EQ(run.wait_for(0s), std::future_status::timeout);
  stream.lowest_layer().close();
  run.get();
}

TEST_F(ServerTest, CancelsHandlersThatTakeTooLongToStop) {
  Server server = make_server({.stop_timeout = 20ms});
  server.on("h2", [](Connection<> connection) -> asio::awaitable<void> {
    co_await asio::async_write(connection.stream, asio::buffer("two\n", 4), asio::use_awaitable);
    asio::steady_timer timer(connection.stream.get_executor(), std::chrono::steady_clock::time_point::max());
    co_await timer.async_wait(asio::use_awaitable);
  });
  server.on_error(errors.handler());
  auto run = start(server);
  Stream stream = connect_to_server(offering({"h2"}));
  EXPECT_EQ(read_line(stream), "two");
  server.stop();
  run.get();
  EXPECT_EQ(errors.wait_for_one(), asio::error::operation_aborted);
  EXPECT_TRUE(read_to_end(stream));
}

TEST_F(ServerTest, EndsAtOnceWhereRunIsCancelled) {
  Server server = make_server();
  server.on("h2", say("two"));
  endpoint = server.listen(any_port());
  const auto strand = asio::make_strand(running.io);
  asio::cancellation_signal signal;
  std::promise<error_code> ended;
  asio::dispatch(strand, [&] {
    server.run(asio::bind_cancellation_slot(
        signal.slot(), asio::bind_executor(strand, [&](error_code error) { ended.set_value(error); })));
  });
  Stream stream = connect_to_server(offering({"h2"}));
  EXPECT_EQ(read_line(stream), "two");
  asio::dispatch(strand, [&] { signal.emit(asio::cancellation_type::terminal); });
  EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
  EXPECT_TRUE(read_to_end(stream));
}

TEST_F(ServerTest, EndsWhereItWasStoppedBefore) {
  Server server = make_server();
  server.on("h2", say("two"));
  endpoint = server.listen(any_port());
  server.stop();
  server.run(asio::use_future).get();
}

TEST_F(ServerTest, ServesManyAtATime) {
  Server server = make_server({.max_connections = 8});
  server.on("h2", say("two")).on("http/1.1", say("one"));
  auto run = start(server);
  std::vector<std::future<std::string>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::async(std::launch::async, [this, i] { return said_to({i % 2 == 0 ? "h2" : "http/1.1"}); }));
  }
  for (std::size_t i = 0; i < clients.size(); ++i)
    EXPECT_EQ(clients[i].get(), i % 2 == 0 ? "two" : "one");
  server.stop();
  run.get();
}

TEST_F(ServerTest, RefusesNamesThatNoServerMaySelect) {
  Server server = make_server();
  server.on("h2", say("two"));
  EXPECT_THROW(server.on("h2", say("again")), std::invalid_argument);
  EXPECT_THROW(server.on("", say("empty")), std::invalid_argument);
  EXPECT_THROW(server.on(std::string(256, 'x'), say("long")), std::invalid_argument);
  try {
    server.on("h2c", say("cleartext"));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::EndsWith("(RFC 9113 §3.2)"));
  }
}

TEST_F(ServerTest, RunsOnlyWhenItIsSetUp) {
  Server server = make_server();
  server.on("h2", say("two"));
  EXPECT_THROW(server.run(asio::use_future), std::logic_error);  // nothing listens
  Server mute = make_server();
  mute.listen(any_port());
  EXPECT_THROW(mute.run(asio::use_future), std::logic_error);  // no handler
  Server lenient = make_server({.mismatch = Mismatch::report});
  lenient.on("h2", say("two"));
  lenient.listen(any_port());
  EXPECT_THROW(lenient.run(asio::use_future), std::logic_error);  // nobody for a mismatch
}

}  // namespace
}  // namespace simplon::test
