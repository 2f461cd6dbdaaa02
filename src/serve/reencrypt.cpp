// TLS on both sides.
#include "serve/backend_tls.hpp"
#include "serve/owners.hpp"
#include "serve/proxy_header.hpp"
#include "serve/tls_relay.hpp"
#include "serve/tls_stream.hpp"

#include <array>

namespace simplon::serve {

namespace {

// The list that holds what the client got; nothing where it got nothing.
std::optional<ProtocolList> offer_of(const std::optional<ProtocolIdView>& selected) {
  if (!selected) return std::nullopt;
  const std::array ids{*selected};
  const auto list = ProtocolList::from(ids);
  return list ? std::optional(*list) : std::nullopt;
}

// When a handshake that began with the whole hello must be over, counted from the start of the connection.
std::chrono::microseconds handshake_limit(const Connection& connection) {
  return connection.facts.hello.value_or(std::chrono::microseconds{0}) + connection.limits().handshake_timeout;
}

// What the client is told of a backend that did not come to terms: what the backend said of the list was meant for it.
Alert alert_for_client(const tls::ClientConnection& backend) {
  return backend.alert_received() == static_cast<std::uint8_t>(Alert::no_application_protocol)
             ? Alert::no_application_protocol
             : Alert::internal_error;
}

}  // namespace

net::Task<void> reencrypt(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  auto client = std::make_unique<tls::ServerConnection>(make_tls(*connection, *choice));
  const bool connected = co_await shake_hands(*connection, *client);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  const net::Backend* const backend = co_await reach_backend(*connection, *choice);
  // Without close_notify: the client must not take this for a finished stream (RFC 8446 §6.1).
  if (backend == nullptr) co_return;
  const bool told = co_await send_proxy_header(*connection, *choice, client.get());
  if (!told) co_return;
  const auto offer = offer_of(choice->selected);
  auto tls = std::make_unique<tls::ClientConnection>(make_backend_tls(
      *connection, *choice, *backend, offer ? std::optional(offer->view()) : std::nullopt, offer.has_value()));
  const std::chrono::microseconds limit = connection->age() + connection->limits().handshake_timeout;
  const bool agreed = co_await shake_hands_with_backend(*connection, *tls, limit);
  if (!agreed) co_return;
  relay(std::move(connection), std::move(client), std::move(tls));
}

net::Task<void> mirror(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  const std::chrono::microseconds limit = handshake_limit(*connection);
  const net::Backend* const backend = co_await reach_backend(*connection, *choice);
  bool told = backend != nullptr;
  if (told) told = co_await send_proxy_header(*connection, *choice, nullptr);
  if (!told) {
    co_await refuse(*connection, Alert::internal_error);
    co_return;
  }
  std::optional<ProtocolList> offer = std::move(choice->mirrored);
  auto tls = std::make_unique<tls::ClientConnection>(
      make_backend_tls(*connection, *choice, *backend, offer ? std::optional(offer->view()) : std::nullopt, false));
  offer.reset();  // a long one is not kept for as long as the connection lives
  const bool agreed = co_await shake_hands_with_backend(*connection, *tls, limit);
  if (!agreed) {
    co_await refuse(*connection, alert_for_client(*tls));
    co_return;
  }
  choice->selected = tls->selected();
  auto client = std::make_unique<tls::ServerConnection>(make_tls(*connection, *choice));
  const bool connected = co_await shake_hands(*connection, *client, limit);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  relay(std::move(connection), std::move(client), std::move(tls));
}

}  // namespace simplon::serve
