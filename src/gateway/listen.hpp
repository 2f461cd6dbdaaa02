// Listening sockets.
#pragma once

#include "config/config.hpp"
#include "net/endpoint.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace simplon::gateway {

/// The sockets of one listener, one for each shard, all on one address.
struct Listening {
  net::Endpoint address;         ///< with the port that the kernel chose where the configuration says 0
  std::vector<int> descriptors;  ///< the caller's
};

/// Binds `listener` for `shards` shards. Fails with a sentence for the operator.
[[nodiscard]] std::expected<Listening, std::string> listen(const config::Listener& listener, std::size_t shards);

}  // namespace simplon::gateway
