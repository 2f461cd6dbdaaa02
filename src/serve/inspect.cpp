#include "serve/http/http1_session.hpp"
#include "serve/http/http2_session.hpp"
#include "serve/inspect/respond.hpp"
#include "serve/owners.hpp"
#include "serve/tls_stream.hpp"

namespace simplon::serve {

namespace {

// The names that a route takes, as a sentence lists them.
std::string list_names(const route::Match& match) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < match.names.size() && i < most; ++i) {
    if (i > 0) text += ", ";
    text += to_text(match.names[i]);
  }
  if (match.names.size() > most) text += ", …";
  return text;
}

std::string explain_selection(const Connection& connection, const Choice& choice, std::string_view order) {
  const std::string route = "Route " + std::to_string(connection.config().routes[choice.route].number);
  if (choice.selected) {
    const std::string takes = route + " takes " + list_names(connection.config().table.routes()[choice.route].match);
    const std::string name = to_text(*choice.selected);
    return order == "server" ? takes + ": of what your client offered, the server prefers " + name + "."
                             : takes + ": of these, your client prefers " + name + ".";
  }
  if (choice.mismatch) return "No route takes what your client offered, and this listener lets such clients go on.";
  if (!connection.facts.offered) return "Your client offered nothing, and " + route + " takes such clients.";
  return route + " takes every client and selects nothing.";
}

// Carries bytes between the TLS connection and the HTTP session until that is finished; what went wrong is noted.
net::Task<void> converse(Connection& connection, TlsStream stream, http::ServerSession& session, net::Deadline& idle) {
  bool told_to_stop = false;
  unsigned steps = 0;
  for (;;) {
    if (connection.services.draining && !told_to_stop) {
      told_to_stop = true;
      session.shutdown();
    }
    net::Transfer transfer{net::Step::want_read, 0};
    if (const Bytes pending = session.pending(); !pending.empty()) {
      transfer = stream.write(pending);
      if (transfer.step == net::Step::done) {
        session.consume(transfer.bytes);
        connection.facts.bytes_out += transfer.bytes;
      }
    } else if (session.finished()) {
      co_return;
    } else if (session.wants_read()) {
      const std::span<std::byte> buffer = connection.services.scratch.first(http::ServerSession::receive_bytes);
      transfer = stream.read(buffer);
      if (transfer.step == net::Step::done) {
        connection.facts.bytes_in += transfer.bytes;
        session.receive(buffer.first(transfer.bytes));
      } else if (transfer.step == net::Step::end) {
        session.receive_end();
        continue;
      }
    }
    if (transfer.step == net::Step::done) {
      idle.restart();
      if (++steps % net::steps_per_turn == 0) co_await net::take_turn();
      continue;
    }
    if (transfer.step == net::Step::failed || transfer.step == net::Step::end) {
      stream.note_failure(connection);
      co_return;
    }
    const bool ready = co_await net::wait_for(stream, transfer.step);
    if (!ready) {
      connection.fail(idle.expired() ? record::Reason::idle_timeout : record::Reason::drained);
      co_return;
    }
  }
}

}  // namespace

net::Task<void> show(std::shared_ptr<Connection> connection, Choice choice) {
  tls::ServerConnection tls = make_tls(*connection, choice);
  const bool connected = co_await shake_hands(*connection, tls);
  if (!connected) {
    co_await linger(*connection);
    co_return;
  }
  inspect::Facts facts = std::move(*choice.inspection);
  facts.connection = connection->facts;
  facts.connection.client = connection->peer.to_text();
  facts.why = explain_selection(*connection, choice, facts.order);
  if (const auto group = tls.negotiated().group) facts.group = *group;

  // The selected protocol is the one spoken; without one, HTTP/1.1 (RFC 7301 §3.2).
  const http::Handler handler = [&facts](const http::Request& request) { return inspect::respond(facts, request); };
  std::unique_ptr<http::ServerSession> session;
  if (choice.selected == protocol::h2) {
    session = std::make_unique<http::Http2Session>(handler);
  } else {
    session = std::make_unique<http::Http1Session>(handler);
  }
  const TlsStream stream(connection->client, tls);
  // Until close_notify is out too, for which a client that reads nothing leaves no room.
  net::Deadline idle(connection->services.deadlines, connection->limits().idle_timeout, connection->client);
  co_await converse(*connection, stream, *session, idle);
  if (session->violated()) connection->fail(record::Reason::protocol_violation);
  if (connection->facts.reason != record::Reason::client_reset && !connection->client.aborted()) {
    co_await net::finish(stream);
    co_await linger(*connection);
  }
}

}  // namespace simplon::serve
