// What has come of a client's stream, before anybody owns it. Private to this layer.
#pragma once

#include "serve/connection.hpp"

#include <cstddef>
#include <span>

namespace simplon::serve {

/// The stream as far as it has come, from its first byte, PROXY header aside; at most what the longest hello takes.
struct Arrived {
  std::span<std::byte> stream;  ///< in the shard's scratch memory, until the next suspension
  bool nothing_new = false;     ///< nothing is there for now beyond what was taken
  bool ended = false;           ///< nor will anything come
};

/// Looks at it. What is there at the first look, 4 KiB at most, is taken into `Connection::taken`: most hellos are, and
/// need no second system call. Everything else stays in the socket, so that a client that stalls costs no more than
/// that.
[[nodiscard]] Arrived look(Connection& connection);

}  // namespace simplon::serve
