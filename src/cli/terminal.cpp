#include "cli/terminal.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace simplon::cli {

namespace {

std::string_view code_of(Tone tone) noexcept {
  switch (tone) {
    case Tone::good:
      return "32";
    case Tone::bad:
      return "31";
    case Tone::warning:
      return "33";
    case Tone::faint:
      return "2";
    case Tone::heading:
      return "1";
  }
  return "0";
}

}  // namespace

bool shows_colour(std::FILE* stream) {
  if (const char* no_colour = std::getenv("NO_COLOR"); no_colour != nullptr && *no_colour != '\0') return false;
  if (const char* terminal = std::getenv("TERM"); terminal == nullptr || std::string_view(terminal) == "dumb") {
    return false;
  }
  return isatty(fileno(stream)) == 1;
}

std::string paint(std::FILE* stream, Tone tone, std::string_view text) {
  if (!shows_colour(stream)) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(tone), text);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

}  // namespace simplon::cli
