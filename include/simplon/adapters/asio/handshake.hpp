// TLS handshakes with ALPN for Boost.Asio: accept and connect, for every completion token.
#pragma once

#include "simplon/adapters/asio/operation.hpp"
#include "simplon/adapters/openssl.hpp"
#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"
#include "simplon/hello/client_hello.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace simplon {

/// A connection whose handshake is over, and what was agreed on. Where the handshake failed, `stream` is what is left
/// of it, to be closed, and there is no protocol.
template <typename NextLayer = boost::asio::ip::tcp::socket>
struct Connection {
  boost::asio::ssl::stream<NextLayer> stream;  ///< as every ssl::stream: one reader and one writer at a time
  std::optional<ProtocolId> protocol;          ///< what both sides speak from here on; none where ALPN selected none
};

/// How long a handshake may take where nothing else is said.
inline constexpr std::chrono::seconds default_handshake_timeout{10};

/// What `accept` may be told.
struct AcceptOptions {
  /// From the call to the end of the handshake; `duration::max()` waits for ever.
  std::chrono::steady_clock::duration timeout = default_handshake_timeout;
};

/// What `connect` may be told.
struct ConnectOptions {
  /// The protocols offered, of `make_offer`; none sends no ALPN extension.
  std::optional<ProtocolList> offer = std::nullopt;
  /// The host's name, which is sent (RFC 6066 §3) and which its certificate must be for; or its IP address, which is
  /// not sent. Empty sends none.
  std::string server_name = {};
  /// Whether the server's certificate must be issued by an authority that the context trusts, and for `server_name`.
  bool verify = true;
  /// Whether a server that selects none of the protocols offered is an error (`WireError::answer_missing`); otherwise
  /// it leaves `Connection::protocol` empty.
  bool require_protocol = true;
  /// From the call to the end of the handshake; `duration::max()` waits for ever.
  std::chrono::steady_clock::duration timeout = default_handshake_timeout;
};

/// Sets the policy of all connections that are accepted with `context` from now on. Call it before the first one.
inline void set_policy(boost::asio::ssl::context& context, Policy policy) {
  openssl::set_policy(context.native_handle(), std::make_shared<const Policy>(std::move(policy)));
}

/// @cond
namespace asio_detail {

// OpenSSL's reason, of an error of the TLS library.
inline int reason_of(error_code error) noexcept {
  if (error.category() != asio::error::get_ssl_category()) return 0;
  return ERR_GET_REASON(static_cast<unsigned long>(error.value()));
}

inline error_code explain_accept(error_code error) noexcept {
  if (reason_of(error) == SSL_R_NO_APPLICATION_PROTOCOL) return HandshakeError::no_common_protocol;
  return error;
}

inline error_code explain_connect(error_code error) noexcept {
  // How OpenSSL writes that an alert was received.
  constexpr int received = SSL_AD_REASON_OFFSET + static_cast<int>(Alert::no_application_protocol);
  if (reason_of(error) == received) return HandshakeError::protocol_refused;
  return error;
}

inline void send_server_name(SSL* native, const std::string& name) {
  error_code no_address;
  static_cast<void>(asio::ip::make_address(name, no_address));
  // RFC 6066 §3: literal addresses are not permitted in HostName.
  if (!name.empty() && no_address) SSL_set_tlsext_host_name(native, name.c_str());
}

// The body of the ALPN extension in a server's handshake message, where it has one: in ServerHello (RFC 5246 §7.4.1.3)
// or in EncryptedExtensions (RFC 8446 §4.3.1).
inline std::optional<Bytes> find_answer(Bytes message) noexcept {
  constexpr std::uint8_t server_hello = 2;
  constexpr std::uint8_t encrypted_extensions = 8;
  ByteReader reader(message);
  const auto type = reader.read_u8();
  static_cast<void>(reader.read_u24());
  if (type == server_hello) {
    static_cast<void>(reader.read(2 + 32));      // version and random
    static_cast<void>(reader.read_vector_u8());  // session id
    static_cast<void>(reader.read(2 + 1));       // cipher suite and compression method
  } else if (type != encrypted_extensions) {
    return std::nullopt;
  }
  ByteReader extensions(reader.read_vector_u16().value_or(Bytes{}));
  while (const auto extension = extensions.read_u16()) {
    const auto body = extensions.read_vector_u16();
    if (!body) return std::nullopt;
    if (*extension == extension_type::alpn) return body;
  }
  return std::nullopt;
}

// OpenSSL refuses a wrong answer by itself, with "bad extension" or "unsolicited extension" for all that it knows. This
// looks at the answer as it came, and says what is wrong with it.
class AnswerWatch {
 public:
  explicit AnswerWatch(SSL* connection) noexcept : connection_(connection) {
    SSL_set_msg_callback(connection_, watch);
    SSL_set_msg_callback_arg(connection_, this);
  }
  AnswerWatch(const AnswerWatch&) = delete;
  AnswerWatch& operator=(const AnswerWatch&) = delete;
  ~AnswerWatch() {
    SSL_set_msg_callback(connection_, nullptr);
    SSL_set_msg_callback_arg(connection_, nullptr);
  }

  [[nodiscard]] std::optional<WireError> judge(const std::optional<ProtocolList>& offer) const noexcept {
    const auto offered = offer ? std::optional(offer->view()) : std::nullopt;
    const auto body = answer_ ? std::optional(Bytes(*answer_)) : std::nullopt;
    const auto answer = simplon::check_answer(offered, body);
    return answer ? std::nullopt : std::optional(answer.error());
  }

 private:
  static void watch(int sent, int /*version*/, int type, const void* data, std::size_t size, SSL* /*connection*/,
                    void* self) noexcept {
    if (sent != 0 || type != SSL3_RT_HANDSHAKE) return;
    const auto body = find_answer({static_cast<const std::byte*>(data), size});
    if (body) static_cast<AnswerWatch*>(self)->answer_.emplace(body->begin(), body->end());
  }

  SSL* connection_;
  std::optional<std::vector<std::byte>> answer_;
};

template <typename Stream>
error_code prepare_client(Stream& stream, const ConnectOptions& options) {
  SSL* const native = stream.native_handle();
  send_server_name(native, options.server_name);
  error_code error;
  if (options.verify) {
    stream.set_verify_mode(asio::ssl::verify_peer, error);
    if (!error) stream.set_verify_callback(asio::ssl::host_name_verification(options.server_name), error);
  }
  if (!error && options.offer) openssl::set_offer(native, *options.offer);
  return error;
}

template <typename NextLayer>
error_code take_answer(Connection<NextLayer>& connection, const ConnectOptions& options) {
  const auto answer = openssl::check_answer(connection.stream.native_handle());
  if (!answer) return answer.error();
  if (*answer) connection.protocol.emplace(**answer);
  if (!*answer && options.offer && options.require_protocol) return WireError::answer_missing;
  return {};
}

template <typename NextLayer>
auto make_operation(NextLayer next_layer, asio::ssl::context& context) {
  const asio::any_io_executor executor = next_layer.get_executor();
  return std::make_shared<Operation<Connection<NextLayer>>>(
      executor, Connection<NextLayer>{asio::ssl::stream<NextLayer>(std::move(next_layer), context), std::nullopt});
}

}  // namespace asio_detail
/// @endcond

/// Answers a TLS client on `next_layer`, a connected socket or a stream over one, with `context`, whose policy was set
/// by `set_policy`. Completes with `void(error_code, Connection<NextLayer>)`; among the errors are
/// - `HandshakeError::no_common_protocol`,
/// - `HandshakeError::timed_out`,
/// - `boost::asio::error::operation_aborted`: cancelled through the token's cancellation slot (terminal),
/// - those of the TLS library and the socket.
///
/// `context` must live as long as the connection.
template <typename NextLayer, typename CompletionToken = boost::asio::use_awaitable_t<>>
auto accept(NextLayer next_layer, boost::asio::ssl::context& context, AcceptOptions options = {},
            CompletionToken&& token = {}) {
  using Operation = asio_detail::Operation<Connection<NextLayer>>;
  auto body = [](std::shared_ptr<Operation> operation) -> boost::asio::awaitable<boost::system::error_code> {
    auto& connection = std::get<0>(operation->results);
    boost::system::error_code error;
    co_await connection.stream.async_handshake(boost::asio::ssl::stream_base::server,
                                               boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) co_return asio_detail::explain_accept(error);
    if (const auto selected = openssl::selected(connection.stream.native_handle())) {
      connection.protocol.emplace(*selected);
    }
    co_return error;
  };
  return asio_detail::run(asio_detail::make_operation(std::move(next_layer), context),
                          asio_detail::deadline_in(options.timeout), body, std::forward<CompletionToken>(token));
}

/// Makes a TLS connection of `next_layer`, a socket connected to the server or a stream over one. Completes with
/// `void(error_code, Connection<NextLayer>)`; among the errors are
/// - `HandshakeError::protocol_refused`,
/// - `WireError::answer_not_offered`, `WireError::answer_unasked`, `WireError::answer_missing`,
/// - `HandshakeError::timed_out`,
/// - `boost::asio::error::operation_aborted`: cancelled through the token's cancellation slot (terminal),
/// - those of the TLS library and the socket, such as a certificate that can't be verified.
///
/// Takes the connection's message callback (`SSL_set_msg_callback`) until the handshake is over. `context` must live as
/// long as the connection.
template <typename NextLayer, typename CompletionToken = boost::asio::use_awaitable_t<>>
auto connect(NextLayer next_layer, boost::asio::ssl::context& context, ConnectOptions options = {},
             CompletionToken&& token = {}) {
  using Operation = asio_detail::Operation<Connection<NextLayer>>;
  const auto deadline = asio_detail::deadline_in(options.timeout);
  auto body = [options = std::move(options)](
                  std::shared_ptr<Operation> operation) -> boost::asio::awaitable<boost::system::error_code> {
    auto& connection = std::get<0>(operation->results);
    boost::system::error_code error = asio_detail::prepare_client(connection.stream, options);
    if (error) co_return error;
    const asio_detail::AnswerWatch watch(connection.stream.native_handle());
    co_await connection.stream.async_handshake(boost::asio::ssl::stream_base::client,
                                               boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (const auto wrong = watch.judge(options.offer)) co_return *wrong;
    if (error) co_return asio_detail::explain_connect(error);
    co_return asio_detail::take_answer(connection, options);
  };
  return asio_detail::run(asio_detail::make_operation(std::move(next_layer), context), deadline, std::move(body),
                          std::forward<CompletionToken>(token));
}

}  // namespace simplon
