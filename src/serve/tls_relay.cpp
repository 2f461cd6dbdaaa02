#include "serve/tls_relay.hpp"

#include "serve/flow.hpp"
#include "serve/tls_stream.hpp"

#include <utility>

namespace simplon::serve {

namespace {

// A flow whose client end is a TLS connection, and whose backend end may be one.
struct TlsFlow : Flow {
  TlsFlow(std::shared_ptr<Connection> shared, std::unique_ptr<tls::ServerConnection> client_tls,
          std::unique_ptr<tls::ClientConnection> backend_tls)
      : Flow(std::move(shared)), client(std::move(client_tls)), backend(std::move(backend_tls)) {}

  [[nodiscard]] TlsStream client_stream() noexcept {
    return {connection().client, *client, {.read = &client_cut, .written = &backend_cut}};
  }
  [[nodiscard]] TlsStream backend_tls_stream() noexcept {
    return {*connection().backend, *backend, {.read = &backend_cut, .written = &client_cut}};
  }
  [[nodiscard]] net::PlainStream backend_stream() noexcept { return net::PlainStream(*connection().backend); }

  const std::unique_ptr<tls::ServerConnection> client;
  const std::unique_ptr<tls::ClientConnection> backend;
  // What a side sent ended without close_notify (RFC 8446 §6.1).
  bool client_cut = false;
  bool backend_cut = false;
};

void note_end(TlsFlow& flow, net::PumpEnd end, Direction direction) {
  Connection& connection = flow.connection();
  flow.client_stream().note_failure(connection);
  if (flow.backend && !flow.backend->error().empty()) {
    connection.fail(record::Reason::backend_reset, "backend: " + std::string(flow.backend->error()));
  }
  // Where the other side takes plain bytes, it reads the end of the stream either way; only the log can tell that it
  // may have been cut.
  if (end == net::PumpEnd::finished && connection.facts.error.empty()) {
    if (direction == Direction::to_backend && flow.client_cut) {
      connection.facts.error = "the client closed without close_notify";
    }
    if (direction == Direction::to_client && flow.backend_cut) {
      connection.facts.error = "the backend closed without close_notify";
    }
  }
  flow.note_end(end, direction);
}

net::Task<void> pump_to_client(std::shared_ptr<TlsFlow> flow) {
  Connection& connection = flow->connection();
  net::PumpEnd end{};
  if (flow->backend) {
    end = co_await net::pump(connection.services.pump(), flow->backend_tls_stream(), flow->client_stream(),
                             connection.bytes_out, flow->idle());
  } else {
    end = co_await net::pump(connection.services.pump(), flow->backend_stream(), flow->client_stream(),
                             connection.bytes_out, flow->idle());
  }
  note_end(*flow, end, Direction::to_client);
}

net::Task<void> pump_to_backend(std::shared_ptr<TlsFlow> flow) {
  Connection& connection = flow->connection();
  net::PumpEnd end{};
  if (flow->backend) {
    end = co_await net::pump(connection.services.pump(), flow->client_stream(), flow->backend_tls_stream(),
                             connection.bytes_in, flow->idle());
  } else {
    end = co_await net::pump(connection.services.pump(), flow->client_stream(), flow->backend_stream(),
                             connection.bytes_in, flow->idle());
  }
  note_end(*flow, end, Direction::to_backend);
}

}  // namespace

void relay(std::shared_ptr<Connection> connection, std::unique_ptr<tls::ServerConnection> client,
           std::unique_ptr<tls::ClientConnection> backend) {
  net::Poller& poller = connection->services.poller;
  const auto flow = std::make_shared<TlsFlow>(std::move(connection), std::move(client), std::move(backend));
  net::spawn(poller, pump_to_client(flow), BreakOff{flow});
  net::spawn(poller, pump_to_backend(flow), BreakOff{flow});
}

}  // namespace simplon::serve
