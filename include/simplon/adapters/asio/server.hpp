// A TLS server with a handler for every protocol, for Boost.Asio.
#pragma once

#include "simplon/adapters/asio/handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace simplon {

/// What a `Server` may be told.
struct ServerOptions {
  /// From accepting a connection to the end of its handshake.
  std::chrono::steady_clock::duration handshake_timeout = default_handshake_timeout;
  /// At so many connections, handshakes included, no more are accepted until one ends; clients wait meanwhile.
  std::size_t max_connections = 1000;
  /// How long handlers may go on after `Server::stop` before they are cancelled.
  std::chrono::steady_clock::duration stop_timeout = std::chrono::seconds(30);
  /// Whose preference decides: the server's is the order in which its handlers were registered.
  Order order = Order::server;
  /// What becomes of a client that offers none of the protocols; other than `reject` needs `Server::on_none`.
  Mismatch mismatch = Mismatch::reject;
};

/// Speaks one protocol with one client, until it returns: the connection is closed with the object. What it throws ends
/// this connection alone, and goes to `Server::on_error`.
using ProtocolHandler = std::function<boost::asio::awaitable<void>(Connection<>)>;

/// Told of a handshake that failed (a `boost::system::system_error`), of a connection that could not be accepted, and
/// of what a handler threw. It must not throw, and may be called by several threads at once. The client's endpoint is
/// that of no address where it is not known.
using ErrorHandler = std::function<void(const boost::asio::ip::tcp::endpoint&, std::exception_ptr)>;

/// @cond
namespace asio_detail {

#ifndef OPENSSL_IS_BORINGSSL
// For a server that serves nobody without a protocol: not a byte of the handshake is wasted on them.
inline int refuse_without_alpn(SSL* connection, int* alert, void* /*unused*/) noexcept {
  const unsigned char* body = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(connection, extension_type::alpn, &body, &size) == 1) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = static_cast<int>(Alert::no_application_protocol);
  return SSL_CLIENT_HELLO_ERROR;
}
#endif

// What a server and its coroutines share. All but what is set up before `run` belongs to the strand.
class ServerState : public std::enable_shared_from_this<ServerState> {
 public:
  using tcp = asio::ip::tcp;

  ServerState(const asio::any_io_executor& where, asio::ssl::context tls, ServerOptions chosen)
      : executor(where),
        context(std::move(tls)),
        options(chosen),
        strand(asio::make_strand(where)),
        acceptor(strand),
        changed(strand) {}

  void add(std::string_view protocol, ProtocolHandler handler) {
    const auto id = ProtocolId::from(protocol);
    if (!id) throw std::invalid_argument(error_code(id.error()).message());
    handlers.emplace_back(*id, std::move(handler));
    const auto preferences = make_preferences();
    if (!preferences) {
      handlers.pop_back();
      throw std::invalid_argument(error_code(preferences.error()).message());
    }
  }

  void prepare() {
    if (!listening) throw std::logic_error("simplon::Server: nothing listens");
    if (handlers.empty() && !on_none) throw std::logic_error("simplon::Server: no handler was registered");
    if (options.mismatch != Mismatch::reject && !on_none) {
      throw std::logic_error("simplon::Server: a mismatch is let through, and no handler is there for it: on_none");
    }
    if (!handlers.empty()) set_policy(context, Policy(make_preferences().value(), options.order, options.mismatch));
#ifndef OPENSSL_IS_BORINGSSL
    if (!on_none) SSL_CTX_set_client_hello_cb(context.native_handle(), refuse_without_alpn, nullptr);
#endif
  }

  void stop() {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    changed.cancel();
  }

  asio::awaitable<error_code> serve(std::shared_ptr<Operation<>> operation) {
    co_await accept_all();
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    const bool aborted = cancellation.cancelled() != asio::cancellation_type::none;
    stop();
    if (!aborted) {
      const auto deadline = deadline_in(options.stop_timeout);
      co_await wait_until([this] { return open.empty(); }, deadline.value_or(Clock::time_point::max()));
    }
    for (const auto& [id, connection] : open)
      cancel(connection);
    // Whoever cancels now has what he wants already.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await wait_until([this] { return open.empty(); }, Clock::time_point::max());
    static_cast<void>(operation);
    co_return aborted ? error_code(asio::error::operation_aborted) : error_code();
  }

  asio::any_io_executor executor;
  asio::ssl::context context;
  ServerOptions options;
  std::vector<std::pair<ProtocolId, ProtocolHandler>> handlers;
  ProtocolHandler on_none;
  ErrorHandler on_error;
  asio::strand<asio::any_io_executor> strand;
  asio::basic_socket_acceptor<tcp, asio::strand<asio::any_io_executor>> acceptor;
  bool listening = false;

 private:
  [[nodiscard]] std::expected<Preferences, WireError> make_preferences() const {
    std::vector<ProtocolIdView> ids;
    for (const auto& [id, handler] : handlers)
      ids.push_back(id.view());
    return Preferences::from(ids);
  }

  // Waits until `done` says so, which is asked whenever `changed` is cancelled; or until `deadline`, or cancelled.
  template <typename Done>
  asio::awaitable<void> wait_until(Done done, Clock::time_point deadline) {
    while (!done()) {
      changed.expires_at(deadline);
      error_code error;
      co_await changed.async_wait(asio::redirect_error(asio::use_awaitable, error));
      if (!error) co_return;
      const auto cancellation = co_await asio::this_coro::cancellation_state;
      if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
    }
  }

  asio::awaitable<void> accept_all() {
    // A moment for whatever the process ran out of, such as file descriptors, to come back.
    constexpr auto pause = std::chrono::milliseconds(100);
    while (true) {
      co_await wait_until([this] { return stopping || open.size() < options.max_connections; },
                          Clock::time_point::max());
      const auto cancellation = co_await asio::this_coro::cancellation_state;
      if (stopping || cancellation.cancelled() != asio::cancellation_type::none) co_return;
      error_code error;
      // Whatever is done with a connection is done on its strand.
      const auto connection = std::make_shared<Scope>(asio::make_strand(executor));
      const asio::any_io_executor own = connection->strand;
      tcp::socket socket = co_await acceptor.async_accept(own, asio::redirect_error(asio::use_awaitable, error));
      if (!error) {
        start(connection, std::move(socket));
      } else if (error != asio::error::operation_aborted && error != asio::error::connection_aborted) {
        report({}, std::make_exception_ptr(boost::system::system_error(error)));
        co_await wait_until([this] { return stopping; }, Clock::now() + pause);
      }
    }
  }

  void start(const std::shared_ptr<Scope>& connection, tcp::socket socket) {
    // Session tickets and the first answers are small writes that follow one another: Nagle's algorithm would hold back
    // the later ones until the client's delayed acknowledgement, 40 ms on Linux.
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const std::uint64_t id = next_id++;
    open.emplace(id, connection);
    auto ended = [self = shared_from_this(), connection, id](std::exception_ptr) {
      connection->over = true;
      asio::dispatch(self->strand, [self, id] {
        self->open.erase(id);
        self->changed.cancel();
      });
    };
    asio::co_spawn(connection->strand, handle(shared_from_this(), std::move(socket)),
                   asio::bind_cancellation_slot(connection->signal.slot(), std::move(ended)));
  }

  static void cancel(const std::shared_ptr<Scope>& connection) {
    asio::dispatch(connection->strand, [connection] { connection->cancel(asio::cancellation_type::terminal); });
  }

  static asio::awaitable<void> handle(std::shared_ptr<ServerState> self, tcp::socket socket) {
    error_code unknown;
    const tcp::endpoint client = socket.remote_endpoint(unknown);
    std::exception_ptr error;
    try {
      error_code failed;
      Connection<> connection =
          co_await accept(std::move(socket), self->context, AcceptOptions{self->options.handshake_timeout},
                          asio::redirect_error(asio::use_awaitable, failed));
      // The callback is ours, and fails for one reason.
      if (reason_of(failed) == SSL_R_CALLBACK_FAILED && !self->on_none) failed = HandshakeError::protocol_missing;
      if (failed) throw boost::system::system_error(failed);
      const ProtocolHandler& handler = self->handler_of(connection.protocol);
      asio::awaitable<void> work = handler(std::move(connection));
      co_await std::move(work);
    } catch (...) {
      error = std::current_exception();
    }
    if (error) self->report(client, error);
  }

  [[nodiscard]] const ProtocolHandler& handler_of(const std::optional<ProtocolId>& protocol) const {
    for (const auto& [id, handler] : handlers) {
      if (protocol == id) return handler;
    }
    // What is selected is always of the list: here nothing was.
    if (!on_none) throw boost::system::system_error(HandshakeError::protocol_missing);
    return on_none;
  }

  void report(const tcp::endpoint& client, const std::exception_ptr& error) const {
    if (on_error) on_error(client, error);
  }

  asio::steady_timer changed;  // never expires but as wait_until wants; cancelled whenever what is below changes
  bool stopping = false;
  std::map<std::uint64_t, std::shared_ptr<Scope>> open;
  std::uint64_t next_id = 0;
};

}  // namespace asio_detail
/// @endcond

/// Listens, answers clients, and hands every connection to the handler of the protocol that was selected. Handlers of
/// different connections run at the same time where several threads run the executor's context; what belongs to one
/// connection never does. Connections have TCP_NODELAY. Register the handlers, `listen`, and `run`.
class Server {
 public:
  /// Everything happens on `executor`; `context` has the certificate. Its policy follows from the handlers.
  Server(const boost::asio::any_io_executor& executor, boost::asio::ssl::context context, ServerOptions options = {})
      : state_(std::make_shared<asio_detail::ServerState>(executor, std::move(context), options)) {}

  /// The handler for clients with which `protocol` was agreed on; protocols registered earlier are preferred. Throws
  /// `std::invalid_argument` for a name that is empty, longer than 255 bytes, `h2c`, or registered already.
  Server& on(std::string_view protocol, ProtocolHandler handler) {
    state_->add(protocol, std::move(handler));
    return *this;
  }
  /// The handler for clients with which no protocol was agreed on. Without, who sends no ALPN extension gets alert 120
  /// as well (`HandshakeError::protocol_missing`).
  Server& on_none(ProtocolHandler handler) {
    state_->on_none = std::move(handler);
    return *this;
  }
  /// Who is told of errors; nobody by default.
  Server& on_error(ErrorHandler handler) {
    state_->on_error = std::move(handler);
    return *this;
  }

  /// Listens on `endpoint`, whose port may be 0 for a free one, and gives the endpoint that it became. Throws
  /// `boost::system::system_error`.
  boost::asio::ip::tcp::endpoint listen(const boost::asio::ip::tcp::endpoint& endpoint) {
    auto& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol());
    acceptor.set_option(boost::asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    state_->listening = true;
    return acceptor.local_endpoint();
  }

  /// Serves until it was stopped and every connection has ended; once in a server's life. Completes with
  /// `void(error_code)`, which is `operation_aborted` where the token's cancellation slot was used: that cancels all
  /// connections at once. Throws `std::logic_error` where nothing listens, no handler was registered, or
  /// `ServerOptions::mismatch` wants one for no protocol.
  template <typename CompletionToken = boost::asio::use_awaitable_t<>>
  auto run(CompletionToken&& token = {}) {
    state_->prepare();
    auto operation = std::make_shared<asio_detail::Operation<>>(state_->executor, state_->strand);
    auto body = [state = state_](std::shared_ptr<asio_detail::Operation<>> running) {
      return state->serve(std::move(running));
    };
    return asio_detail::run(std::move(operation), std::nullopt, std::move(body), std::forward<CompletionToken>(token));
  }

  /// Accepts no more; `run` completes when the last handler has returned, after `ServerOptions::stop_timeout` because
  /// they are cancelled. For any thread, any number of times.
  void stop() {
    boost::asio::dispatch(state_->strand, [state = state_] { state->stop(); });
  }

 private:
  std::shared_ptr<asio_detail::ServerState> state_;
};

}  // namespace simplon
