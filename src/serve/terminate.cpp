#include "serve/owners.hpp"
#include "serve/proxy_header.hpp"
#include "serve/tls_relay.hpp"
#include "serve/tls_stream.hpp"

namespace simplon::serve {

net::Task<void> terminate(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  auto tls = std::make_unique<tls::ServerConnection>(make_tls(*connection, *choice));
  const bool connected = co_await shake_hands(*connection, *tls);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  const net::Backend* const backend = co_await reach_backend(*connection, *choice);
  bool reached = backend != nullptr;
  if (reached) reached = co_await send_proxy_header(*connection, *choice, tls.get());
  // Without close_notify: the client must not take this for a finished stream (RFC 8446 §6.1).
  if (!reached) co_return;
  relay(std::move(connection), std::move(tls), nullptr);
}

}  // namespace simplon::serve
