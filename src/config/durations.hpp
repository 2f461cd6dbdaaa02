// Durations as the configuration writes them: "500ms", "5s", "5m", "1h".
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace simplon::config {

/// The longest duration that a configuration may name.
inline constexpr std::chrono::hours max_duration{720};

/// A whole number and its unit, `ms`, `s`, `m` or `h`. Fails with a message that says how to mend it.
[[nodiscard]] std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text);

}  // namespace simplon::config
