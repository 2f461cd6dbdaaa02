#include "config/problem.hpp"

#include <fmt/format.h>

namespace simplon::config {

std::string to_text(const Position& position) {
  if (position.line == 0) return position.file;
  return fmt::format("{}:{}:{}", position.file, position.line, position.column);
}

std::string to_text(const Problem& problem) {
  if (problem.position.file.empty()) return problem.message;
  return fmt::format("{}: {}", to_text(problem.position), problem.message);
}

}  // namespace simplon::config
