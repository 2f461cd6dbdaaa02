#include "serve/flow.hpp"
#include "serve/owners.hpp"
#include "serve/proxy_header.hpp"
#include "serve/tls_stream.hpp"

namespace simplon::serve {

namespace {

// A flow whose client end is a TLS connection.
struct TlsFlow : Flow {
  TlsFlow(std::shared_ptr<Connection> shared, std::unique_ptr<tls::ServerConnection> connected)
      : Flow(std::move(shared)), tls(std::move(connected)) {}

  TlsStream client() noexcept { return {connection().client, *tls}; }

  const std::unique_ptr<tls::ServerConnection> tls;
};

net::Task<void> pump_back(std::shared_ptr<TlsFlow> flow) {
  Connection& connection = flow->connection();
  const net::PumpEnd end = co_await net::pump(connection.services.pump(), net::PlainStream(*connection.backend),
                                              flow->client(), connection.facts.bytes_out, flow->idle());
  flow->client().note_failure(connection);
  flow->note_end(end, Direction::to_client);
}

}  // namespace

net::Task<void> terminate(std::shared_ptr<Connection> connection, Choice choice) {
  auto tls = std::make_unique<tls::ServerConnection>(make_tls(*connection, choice));
  const bool connected = co_await shake_hands(*connection, *tls);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  bool reached = co_await reach_backend(*connection, choice);
  if (reached) reached = co_await send_proxy_header(*connection, choice, tls.get());
  // Without close_notify: the client must not take this for a finished stream (RFC 8446 §6.1).
  if (!reached) co_return;

  const auto flow = std::make_shared<TlsFlow>(connection, std::move(tls));
  net::spawn(connection->services.context, pump_back(flow), BreakOff{flow});
  const net::PumpEnd end =
      co_await net::pump(connection->services.pump(), flow->client(), net::PlainStream(*connection->backend),
                         connection->facts.bytes_in, flow->idle());
  flow->client().note_failure(*connection);
  // The backend reads the end of the stream either way; only the log can tell that it may have been cut (RFC 8446
  // §6.1).
  if (end == net::PumpEnd::finished && !flow->tls->closed_cleanly()) {
    connection->facts.error = "the client closed without close_notify";
  }
  flow->note_end(end, Direction::to_backend);
}

}  // namespace simplon::serve
