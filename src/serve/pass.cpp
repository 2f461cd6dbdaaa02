#include "serve/flow.hpp"
#include "serve/owners.hpp"
#include "serve/proxy_header.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace simplon::serve {

namespace {

// What a backend is told first where nothing goes before it: the client's stream as far as it was taken.
Bytes first_words(const Connection& connection, const Choice& choice) {
  const config::Route& route = connection.config().routes[choice.route];
  const bool as_it_is = std::holds_alternative<config::Pass>(route.action) && !route.send_proxy;
  return as_it_is ? Bytes(connection.taken) : Bytes();
}

void drop_taken(Connection& connection, std::size_t bytes) {
  if (bytes == connection.taken.size()) {
    connection.taken = std::vector<std::byte>();  // its memory too; `= {}` would keep that
    return;
  }
  connection.taken.erase(connection.taken.begin(), connection.taken.begin() + static_cast<std::ptrdiff_t>(bytes));
}

// Each direction holds the flow, and little else, for as long as it lasts.
void start(const std::shared_ptr<Flow>& flow, Direction direction) {
  Connection& connection = flow->connection();
  net::PlainStream source(connection.client);
  net::PlainStream sink(*connection.backend);
  if (direction == Direction::to_client) std::swap(source, sink);
  record::Meter& moved = direction == Direction::to_client ? connection.bytes_out : connection.bytes_in;
  net::spawn(connection.services.poller, net::pump(connection.services.pump(), source, sink, moved, flow->idle()),
             EndOf{flow, direction});
}

}  // namespace

net::Task<const net::Backend*> reach_backend(Connection& connection, const Choice& choice) {
  auto dialed =
      co_await net::dial(connection.services.dialer(), *connection.snapshot->backends(choice.route),
                         connection.limits().connect_timeout, connection.client, first_words(connection, choice));
  if (!dialed) {
    connection.facts.verdict = record::Verdict::failed;
    connection.facts.backend = dialed.error().backend;
    if (connection.client.aborted()) connection.fail(record::Reason::drained);
    connection.fail(dialed.error().timed_out ? record::Reason::backend_timeout : record::Reason::backend_unreachable,
                    dialed.error().detail);
    co_return nullptr;
  }
  connection.backend = std::move(dialed->socket);
  connection.facts.backend = dialed->backend->text;
  connection.bytes_in.add(dialed->sent);
  drop_taken(connection, dialed->sent);
  co_return dialed->backend;
}

net::Task<void> pass(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice) {
  bool reached = co_await reach_backend(*connection, *choice) != nullptr;
  if (reached && connection->config().routes[choice->route].send_proxy) {
    reached = co_await send_proxy_header(*connection, *choice, nullptr);
  }
  if (!reached) {
    co_await refuse(*connection, Alert::internal_error);
    co_return;
  }
  choice.reset();
  connection->facts.verdict = record::Verdict::passed;
  const auto flow = std::allocate_shared<Flow>(net::RecyclingAllocator<Flow>(), connection);
  start(flow, Direction::to_client);
  if (!connection->taken.empty()) {
    const std::vector<std::byte> first = std::exchange(connection->taken, {});
    connection->bytes_in.add(first.size());
    const net::PumpEnd end = co_await net::write_all(net::PlainStream(*connection->backend), first, flow->idle());
    if (end != net::PumpEnd::finished) {
      flow->note_end(end, Direction::to_backend);
      co_return;
    }
  }
  start(flow, Direction::to_backend);
}

}  // namespace simplon::serve
