// Listening sockets.
#pragma once

#include "admin/listen.hpp"
#include "admin/token.hpp"
#include "config/config.hpp"
#include "gateway/activation.hpp"
#include "net/endpoint.hpp"

#include <cstddef>
#include <expected>
#include <optional>
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

/// All that a gateway listens on.
struct Bound {
  std::vector<Listening> listeners;  ///< in the configuration's order
  std::optional<admin::Listening> admin;
  std::optional<admin::Token> token;  ///< of the admin server
};

/// How many shards `config` wants.
[[nodiscard]] std::size_t count_shards(const config::Config& config);

/// Takes the sockets that were inherited, each of which must be for something, and binds the others; the token is the
/// caller's to add. To be called before privileges are dropped. Fails with a sentence for the operator.
[[nodiscard]] std::expected<Bound, std::string> bind(const config::Config& config, InheritedSockets inherited = {});

}  // namespace simplon::gateway
