// Output for people: colour where a terminal shows it, plain text everywhere else.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace simplon::cli {

/// What a piece of text means.
enum class Tone : std::uint8_t { good, bad, warning, faint, heading };

/// Whether `stream` is a terminal that shows colour; never where the environment sets NO_COLOR or TERM is "dumb".
[[nodiscard]] bool shows_colour(std::FILE* stream);

/// `text` as `stream` shows `tone`; as it is where that shows no colour.
[[nodiscard]] std::string paint(std::FILE* stream, Tone tone, std::string_view text);

/// `text` with control bytes and what is no ASCII as \xXX, so that what a file or a client brings can't steer a
/// terminal.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace simplon::cli
