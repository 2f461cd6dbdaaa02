#include "gateway/live_connections.hpp"

namespace simplon::gateway {

namespace {

admin::Phase phase_of(const serve::Connection& connection) {
  const record::Connection& facts = connection.facts;
  if (!facts.route) {
    // Without TLS there is no hello to wait for.
    const bool plain = connection.config().listeners[connection.listener].redirect;
    return plain ? admin::Phase::open : admin::Phase::hello;
  }
  const bool ends_tls = config::terminates(connection.config().routes[*facts.route - 1].action);
  return ends_tls && !facts.handshake ? admin::Phase::handshake : admin::Phase::open;
}

}  // namespace

admin::LiveConnection describe(const serve::Connection& connection, std::uint64_t id) {
  admin::LiveConnection live{.id = id,
                             .phase = phase_of(connection),
                             .age = connection.age(),
                             .facts = connection.facts,
                             // Not the connection's own reference, which keeps what is the shard's alone.
                             .snapshot = connection.snapshot->shared_from_this()};
  live.facts.client = connection.peer.to_text();
  return live;
}

}  // namespace simplon::gateway
