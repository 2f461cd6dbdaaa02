// Giving up what only starting needs.
#pragma once

#include "config/config.hpp"

#include <optional>
#include <string>

namespace simplon::gateway {

/// Becomes the user and group of `server`, with that user's other groups, and gives up for good: every capability, the
/// means to regain any (no_new_privs), and core dumps, which would hold private keys. Without `user` it stays who it
/// is, root too, and gives up the rest. To be called once all is bound and before any thread starts: capabilities are
/// a thread's, which those that it starts inherit. Returns what went wrong, as a sentence for the operator.
[[nodiscard]] std::optional<std::string> drop_privileges(const config::ServerSettings& server);

}  // namespace simplon::gateway
