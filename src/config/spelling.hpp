// Words of a configuration in messages: quoted safely, and the one that was probably meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace simplon::config {

/// `text` in double quotes; control bytes, quotes and backslashes are escaped as TOML escapes them, and what goes
/// beyond 80 bytes is cut.
[[nodiscard]] std::string quote(std::string_view text);

/// The candidate nearest to `word`, where one is near enough to be a slip of the hand.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// `; did you mean "NEAREST"?`, or nothing where no candidate is near. To be put behind a message.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace simplon::config
