// ALPN from end to end, for tools that stand between a client and a server: the upstream is asked first, with the
// client's own list, and the client gets what the upstream selected.
#pragma once

#include "simplon/adapters/asio/handshake.hpp"
#include "simplon/hello/reader.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <variant>
#include <vector>

#include <boost/asio/buffer.hpp>

namespace simplon {

/// What a `Mirror` may be told.
struct MirrorOptions {
  /// From the mirror's construction to the end of the client's handshake; `duration::max()` waits for ever.
  std::chrono::steady_clock::duration timeout = default_handshake_timeout;
  /// How much a client may say.
  HelloLimits limits = {};
};

/// How the upstream is asked.
struct UpstreamOptions {
  std::string server_name = {};  ///< as in `ConnectOptions`
  bool verify = true;            ///< as in `ConnectOptions`
};

/// A client and its upstream, both of which speak one protocol.
struct MirroredConnections {
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> client;    ///< whose hello was read
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> upstream;  ///< who selected
  std::optional<ProtocolId> protocol;                               ///< what was selected; none where nothing was
};

/// @cond
namespace asio_detail {

struct MirrorState {
  asio::ip::tcp::socket client;
  HelloReader reader;
  std::optional<Clock::time_point> deadline;
  std::vector<std::byte> received;  // as it came: the reader's own copy is changed
  std::optional<ClientHelloView> hello;
  std::optional<Connection<>> upstream;

  // One record in the clear, as no handshake has begun (RFC 8446 §5.1, §6). It fits every send buffer.
  void refuse(Alert alert) {
    const std::array<unsigned char, 7> record{21, 3, 3, 0, 2, 2, static_cast<unsigned char>(alert)};
    error_code ignored;
    client.non_blocking(true, ignored);
    client.write_some(asio::buffer(record), ignored);
    client.shutdown(asio::socket_base::shutdown_send, ignored);
  }

  asio::awaitable<error_code> read_hello() {
    ReadOutcome outcome = NeedMore{1};
    while (const auto* need = std::get_if<NeedMore>(&outcome)) {
      // Never past the hello's end: what follows belongs to the handshake.
      std::array<std::byte, 4096> piece;
      const std::size_t wanted = std::min(need->whole, piece.size());
      error_code error;
      const std::size_t size = co_await client.async_read_some(asio::buffer(piece, wanted),
                                                               asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return error;
      received.insert(received.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
      outcome = reader.feed(std::span(piece).first(size));
    }
    if (const auto* error = std::get_if<WireError>(&outcome)) {
      if (const auto alert = alert_of(*error)) refuse(*alert);
      co_return *error;
    }
    hello = std::get<ClientHelloView>(outcome);
    co_return error_code();
  }

  // What the upstream is offered; an error where nothing of the client's list is left.
  [[nodiscard]] std::expected<std::optional<ProtocolList>, error_code> make_upstream_offer() const {
    if (!hello->alpn) return std::nullopt;
    const auto version = highest_version(*hello);
    const bool h2_allowed = (version && *version >= 0x0304) || offers_h2_suite(*hello);
    auto offer = pass_on(*hello->alpn, h2_allowed);
    if (!offer) return std::unexpected(error_code(HandshakeError::no_common_protocol));
    return offer;
  }
};

}  // namespace asio_detail
/// @endcond

/// One client of a tool that reads along. Its hello is read and kept; the tool connects to whomever it was meant for;
/// the upstream is asked with the client's own list; the client is answered with what the upstream selected. The steps
/// follow one another: `read_hello`, `ask`, `answer`, each once, with nothing else under way meanwhile. All complete
/// with `HandshakeError::timed_out` when the time is up, and with `operation_aborted` when cancelled (terminal).
class Mirror {
 public:
  /// Takes over the client's connected socket, of which nothing has been read.
  explicit Mirror(boost::asio::ip::tcp::socket client, const MirrorOptions& options = {});

  /// Reads the client's hello. Completes with `void(error_code, ClientHelloView)`; the view is valid as long as the
  /// mirror. A client that sent none has been told of the error, a `WireError`, by alert.
  template <typename CompletionToken = boost::asio::use_awaitable_t<>>
  auto read_hello(CompletionToken&& token = {});

  /// Makes a TLS connection of `upstream`, a connected socket, and offers what the client offered: in its order, each
  /// name once, without those that `may_pass_on` leaves out. Completes with `void(error_code,
  /// std::optional<ProtocolId>)`: what the upstream selected, which may be nothing. On an error, those of `connect`,
  /// the client has been told: by alert 120 where the upstream refused the list with it or nothing of the list was left
  /// to offer
  /// (`HandshakeError::no_common_protocol`), otherwise by alert 80. `context` must live as long as the connection.
  template <typename CompletionToken = boost::asio::use_awaitable_t<>>
  auto ask(boost::asio::ip::tcp::socket upstream, boost::asio::ssl::context& context, UpstreamOptions options = {},
           CompletionToken&& token = {});

  /// Ends the client's handshake with `alert` instead, such as where its upstream can't be reached.
  void refuse(Alert alert = Alert::internal_error) { state_->refuse(alert); }

  /// Answers the client with what the upstream selected; `context` has the certificate that it is shown, and its own
  /// policy, if it has one, is not asked. Completes with `void(error_code, MirroredConnections)`.
  /// `context` must live as long as the connection.
  template <typename CompletionToken = boost::asio::use_awaitable_t<>>
  auto answer(boost::asio::ssl::context& context, CompletionToken&& token = {});

 private:
  std::shared_ptr<asio_detail::MirrorState> state_;
};

inline Mirror::Mirror(boost::asio::ip::tcp::socket client, const MirrorOptions& options)
    : state_(std::make_shared<asio_detail::MirrorState>(asio_detail::MirrorState{
          std::move(client), HelloReader(options.limits), asio_detail::deadline_in(options.timeout), {}, {}, {}})) {}

template <typename CompletionToken>
auto Mirror::read_hello(CompletionToken&& token) {
  using Operation = asio_detail::Operation<ClientHelloView>;
  auto body = [state =
                   state_](std::shared_ptr<Operation> operation) -> boost::asio::awaitable<boost::system::error_code> {
    const boost::system::error_code error = co_await state->read_hello();
    if (!error) std::get<0>(operation->results) = *state->hello;
    co_return error;
  };
  auto operation = std::make_shared<Operation>(state_->client.get_executor(), ClientHelloView{});
  return asio_detail::run(std::move(operation), state_->deadline, std::move(body),
                          std::forward<CompletionToken>(token));
}

template <typename CompletionToken>
auto Mirror::ask(boost::asio::ip::tcp::socket upstream, boost::asio::ssl::context& context, UpstreamOptions options,
                 CompletionToken&& token) {
  if (!state_->hello) throw std::logic_error("simplon::Mirror: the upstream is asked when the hello has been read");
  using Operation = asio_detail::Operation<std::optional<ProtocolId>>;
  auto socket = std::make_shared<boost::asio::ip::tcp::socket>(std::move(upstream));
  auto body = [state = state_, socket, &context, options = std::move(options)](
                  std::shared_ptr<Operation> operation) -> boost::asio::awaitable<boost::system::error_code> {
    auto offer = state->make_upstream_offer();
    if (!offer) {
      state->refuse(Alert::no_application_protocol);
      co_return offer.error();
    }
    ConnectOptions wanted;
    wanted.offer = std::move(*offer);
    wanted.server_name = options.server_name;
    wanted.verify = options.verify;
    wanted.require_protocol = false;
    wanted.timeout = asio_detail::Clock::duration::max();  // the deadline is the mirror's
    boost::system::error_code error;
    Connection<> connection = co_await connect(std::move(*socket), context, std::move(wanted),
                                               boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) {
      state->refuse(error == HandshakeError::protocol_refused ? Alert::no_application_protocol : Alert::internal_error);
      co_return error;
    }
    std::get<0>(operation->results) = connection.protocol;
    state->upstream.emplace(std::move(connection));
    co_return error;
  };
  auto operation = std::make_shared<Operation>(state_->client.get_executor(), std::nullopt);
  return asio_detail::run(std::move(operation), state_->deadline, std::move(body),
                          std::forward<CompletionToken>(token));
}

template <typename CompletionToken>
auto Mirror::answer(boost::asio::ssl::context& context, CompletionToken&& token) {
  if (!state_->upstream) throw std::logic_error("simplon::Mirror: the client is answered when the upstream was asked");
  using Operation = asio_detail::Operation<MirroredConnections>;
  const boost::asio::any_io_executor executor = state_->client.get_executor();
  auto operation = std::make_shared<Operation>(
      executor, MirroredConnections{{std::move(state_->client), context}, std::move(state_->upstream->stream), {}});
  auto body = [state =
                   state_](std::shared_ptr<Operation> running) -> boost::asio::awaitable<boost::system::error_code> {
    auto& connections = std::get<0>(running->results);
    SSL* const native = connections.client.native_handle();
    const std::optional<ProtocolId>& decided = state->upstream->protocol;
    openssl::set_answer(native, decided);
    boost::system::error_code error;
    co_await connections.client.async_handshake(boost::asio::ssl::stream_base::server,
                                                boost::asio::buffer(state->received),
                                                boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) co_return asio_detail::explain_accept(error);
    const auto selected = openssl::selected(native);
    if (selected.has_value() != decided.has_value() || (selected && ProtocolId(*selected) != *decided)) {
      co_return HandshakeError::answer_differs;
    }
    connections.protocol = decided;
    co_return error;
  };
  return asio_detail::run(std::move(operation), state_->deadline, std::move(body),
                          std::forward<CompletionToken>(token));
}

}  // namespace simplon
