// Giving up root.
#pragma once

#include <optional>
#include <string>

namespace simplon::gateway {

/// Becomes `user`, with that user's groups, for good. Nothing to do for who is that user already. Returns what went
/// wrong, as a sentence for the operator.
[[nodiscard]] std::optional<std::string> drop_privileges(const std::string& user);

}  // namespace simplon::gateway
