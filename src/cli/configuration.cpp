#include "cli/configuration.hpp"

#include "cli/terminal.hpp"

#include <utility>

#include <fmt/format.h>

namespace simplon::cli {

std::expected<config::Config, ExitStatus> load_or_report(const std::filesystem::path& path) {
  auto loaded = config::load_file(path);
  if (loaded) return std::move(*loaded);
  for (const config::Problem& problem : loaded.error())
    print_error(problem);
  // Without a line it is not the text that is wrong: the file could not be read.
  return std::unexpected(loaded.error().front().position.line == 0 ? ExitStatus::failed : ExitStatus::no);
}

void print_error(const config::Problem& problem) {
  fmt::print(stderr, "{}: {}\n", paint(stderr, Tone::heading, to_text(problem.position)), problem.message);
}

void print_warning(const config::Problem& problem) {
  fmt::print(stderr, "{}: {} {}\n", paint(stderr, Tone::heading, to_text(problem.position)),
             paint(stderr, Tone::warning, "warning:"), problem.message);
}

}  // namespace simplon::cli
