// What is wrong with a configuration, and where it stands.
#pragma once

#include <cstdint>
#include <string>

namespace simplon::config {

/// A place in a configuration file. Line and column count from 1; both are 0 where only the file, or the command line
/// option named in `file`, is to blame.
struct Position {
  std::string file;  ///< as it was given to the loader
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

/// An error or a warning: one line that says what is wrong and how to mend it, without a full stop.
struct Problem {
  Position position;
  std::string message;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// "FILE:LINE:COL", or "FILE" where there is no line.
[[nodiscard]] std::string to_text(const Position& position);

/// "FILE:LINE:COL: message".
[[nodiscard]] std::string to_text(const Problem& problem);

}  // namespace simplon::config
