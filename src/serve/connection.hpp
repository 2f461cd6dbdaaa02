// One connection on its way through the gateway, and what its shard lends it.
#pragma once

#include "net/backend.hpp"
#include "net/deadline.hpp"
#include "net/endpoint.hpp"
#include "net/relay.hpp"
#include "net/socket.hpp"
#include "record/connection.hpp"
#include "record/counters.hpp"
#include "record/request.hpp"
#include "route/decide.hpp"
#include "serve/handshakes.hpp"
#include "serve/inspect/facts.hpp"
#include "serve/snapshot.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace simplon::serve {

namespace proxy {
class BackendPool;
}

/// Who hears of connections that ended. Called on the shard's thread, so it must not block.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Whether anybody will read what is only text for people, such as JA4 and the list offered; without, it is not made.
  [[nodiscard]] virtual bool wants_detail() const noexcept = 0;
  virtual void record(const record::Connection& connection) = 0;
  virtual void record(const record::Request& request) = 0;
};

/// What a shard lends to its connections. Outlives them all.
struct Services {
  net::Poller& poller;
  net::Deadlines& deadlines;
  net::Resolver& resolver;
  net::PipePool& pipes;
  proxy::BackendPool& pool;
  std::span<std::byte> scratch;  ///< for one connection between two suspensions; holds the largest hello
  Recorder& recorder;
  record::Counters& counters;
  Handshakes& handshakes;  ///< under way, of all shards
  bool draining = false;   ///< keep no connection longer than what it is busy with

  [[nodiscard]] net::Dialer dialer() noexcept { return {poller, deadlines, resolver, &counters}; }
  [[nodiscard]] net::PumpServices pump() noexcept { return {scratch.first(net::pump_bytes), pipes}; }
};

/// What was decided, copied out of the hello for whoever owns the connection next.
struct Choice : net::Recycled {
  std::uint32_t route = 0;                  ///< index
  std::optional<ProtocolIdView> selected;   ///< a view into the snapshot's table
  std::optional<ProtocolList> offer;        ///< kept for terminating routes only
  std::optional<ProtocolList> mirrored;     ///< on a `mirror` route: what the backend is offered
  std::optional<std::string> server_name;   ///< as sent; likewise
  std::optional<std::string> authority;     ///< as sent, if a host name; kept for a PROXY header
  std::optional<std::string> context_name;  ///< normalised, for the certificate; likewise
  bool mismatch = false;
  std::unique_ptr<inspect::Facts> inspection;  ///< on an `inspect` route: what only the hello can tell
};

/// A client's connection. Shared by the coroutines that serve it; when the last lets go it is closed and recorded.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes over `descriptor`, a non-blocking socket.
  Connection(Services& lender, std::shared_ptr<const Snapshot> current, std::uint32_t listener_index, int descriptor,
             const net::Endpoint& peer_endpoint);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection();

  [[nodiscard]] const config::Config& config() const noexcept { return snapshot->config(); }
  [[nodiscard]] const config::Limits& limits() const noexcept { return snapshot->config().limits; }

  /// Where the client connected to: this end of its socket, or what the PROXY header says.
  [[nodiscard]] net::Endpoint local_end() const;

  /// Counts the connection among those of the client, which `peer` has been changed to; why not where it has too many.
  [[nodiscard]] virtual std::optional<record::Reason> count_client() { return std::nullopt; }

  /// Counts a handshake that is to begin among those under way; false where there are too many.
  [[nodiscard]] bool begin_handshake() noexcept;
  /// It is over; nothing to do where none began, and at the connection's end it is by itself.
  void end_handshake() noexcept;

  /// Notes why the connection ends, unless that was said before: the first reason is the cause.
  void fail(record::Reason reason, std::string detail = {});
  /// Time since it was accepted.
  [[nodiscard]] std::chrono::microseconds age() const;

  Services& services;
  const std::shared_ptr<const Snapshot> snapshot;
  const std::uint32_t listener;
  net::Endpoint peer;                                ///< the client: who connected, or whom the PROXY header names
  std::unique_ptr<const net::Endpoint> destination;  ///< where the client connected to, as the PROXY header says
  const Clock::time_point accepted = Clock::now();
  net::Socket client;
  std::vector<std::byte> taken;  ///< what was read of the client's stream, and nobody has got yet
  std::unique_ptr<net::Socket> backend;
  record::Connection facts;
  record::Meter bytes_in{facts.bytes_in, services.counters.bytes_in};
  record::Meter bytes_out{facts.bytes_out, services.counters.bytes_out};

 private:
  bool shaking_hands_ = false;
};

/// Serves `connection` from its first byte to its last: reads the hello, decides, and gives it to its owner.
[[nodiscard]] net::Task<void> serve(std::shared_ptr<Connection> connection);

}  // namespace simplon::serve
