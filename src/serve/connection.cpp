#include "serve/connection.hpp"

#include <utility>

#include <sys/socket.h>

namespace simplon::serve {

Connection::Connection(Services& lender, std::shared_ptr<const Snapshot> current, std::uint32_t listener_index,
                       int descriptor, const net::Endpoint& peer_endpoint)
    : services(lender),
      snapshot(std::move(current)),
      listener(listener_index),
      peer(peer_endpoint),
      client(lender.poller, descriptor) {
  facts.started = std::chrono::system_clock::now();
  facts.listener = config().listeners[listener].name;
  services.counters.begin_connection(listener);
}

Connection::~Connection() {
  end_handshake();
  facts.total = age();
  // Nobody noted why: it was cut short by an exception, such as memory running out.
  if (facts.verdict == record::Verdict::failed) fail(record::Reason::internal);
  if (services.recorder.wants_detail()) facts.client = peer.to_text();
  // Before it is recorded: who reads of it finds it counted.
  services.counters.end_connection(listener, facts);
  services.recorder.record(facts);
}

bool Connection::begin_handshake() noexcept {
  const std::uint32_t before = services.handshakes.begin();
  shaking_hands_ = true;
  return !limits().handshakes || before < *limits().handshakes;
}

void Connection::end_handshake() noexcept {
  if (std::exchange(shaking_hands_, false)) services.handshakes.end();
}

net::Endpoint Connection::local_end() const {
  if (destination) return *destination;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(client.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  return {reinterpret_cast<const sockaddr*>(&address), size};
}

void Connection::fail(record::Reason reason, std::string detail) {
  if (facts.reason != record::Reason::none) return;
  facts.reason = reason;
  facts.error = std::move(detail);
}

std::chrono::microseconds Connection::age() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - accepted);
}

}  // namespace simplon::serve
