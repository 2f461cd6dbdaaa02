// Connections while they live, for the admin server.
#pragma once

#include "admin/watched.hpp"
#include "serve/connection.hpp"

#include <cstdint>

namespace simplon::gateway {

/// A copy of what is known of `connection` now. On its shard's thread.
[[nodiscard]] admin::LiveConnection describe(const serve::Connection& connection, std::uint64_t id);

}  // namespace simplon::gateway
