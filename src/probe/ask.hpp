// One hello on one connection.
#pragma once

#include "net/endpoint.hpp"
#include "probe/observation.hpp"
#include "probe/raw_client.hpp"

#include <chrono>
#include <cstddef>

namespace simplon::probe {

/// How a hello is sent.
struct Manner {
  std::chrono::milliseconds timeout{5'000};  ///< for the TCP connection, and then for the answer
  std::size_t segment = 0;                   ///< the bytes of a hello that a TCP segment has at most; 0: no matter
};

/// Says `speech` to the server at `address` and hears its answer. Blocks.
[[nodiscard]] Observation ask(const net::Endpoint& address, Speech speech, const Manner& manner);

}  // namespace simplon::probe
