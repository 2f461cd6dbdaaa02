#include "config/durations.hpp"

#include "config/spelling.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

#include <fmt/format.h>

namespace simplon::config {

namespace {

std::int64_t milliseconds_in(std::string_view unit) noexcept {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  return 0;
}

}  // namespace

std::expected<std::chrono::milliseconds, std::string> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::int64_t factor = milliseconds_in(unit);
  if (error == std::errc::invalid_argument || count < 0 || factor == 0) {
    return std::unexpected(fmt::format(
        "{} is no duration: write a whole number and ms, s, m or h, such as \"500ms\" or \"5m\"", quote(text)));
  }
  const std::int64_t limit = std::chrono::milliseconds(max_duration).count();
  if (error != std::errc{} || count > limit / factor) {
    return std::unexpected(fmt::format("{} is too long: the most is \"{}h\"", quote(text), max_duration.count()));
  }
  return std::chrono::milliseconds(count * factor);
}

}  // namespace simplon::config
