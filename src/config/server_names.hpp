// Server names as the configuration writes them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace simplon::config {

/// A name that a client may send, and that DNS could hold (`simplon::ServerName`); of either case.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

/// An `sni` value: an exact name, `*.parent` (one label), or `*`, made lower-case and without a trailing dot. Fails
/// with a message that says how to mend it.
[[nodiscard]] std::expected<std::string, std::string> parse_server_name(std::string_view text);

}  // namespace simplon::config
