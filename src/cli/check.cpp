// simplon check: is a configuration valid?
#include "cli/command.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"

#include <cstddef>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace simplon::cli {

namespace {

std::string count(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

ExitStatus check(const std::string& path) {
  const auto config = load_or_report(path);
  if (!config) return config.error();
  for (const config::Problem& warning : config->warnings)
    print_warning(warning);
  std::string contents =
      fmt::format("{}, {}", count(config->listeners.size(), "listener"), count(config->routes.size(), "route"));
  if (!config->certificates.empty()) {
    contents += fmt::format(", {}", count(config->certificates.size(), "certificate block"));
  }
  if (!config->warnings.empty()) contents += fmt::format(", {}", count(config->warnings.size(), "warning"));
  fmt::print("{}: {} ({})\n", path, paint(stdout, Tone::good, "fine"), contents);
  return ExitStatus::fine;
}

}  // namespace

Run declare_check(CLI::App& subcommand) {
  const auto path = std::make_shared<std::string>();
  subcommand.add_option("-c,--config", *path, "The configuration file")->required()->type_name("FILE");
  subcommand.footer(
      "Errors are FILE:LINE:COL: message, on standard error.\n"
      "Exit status: 0 valid, 1 invalid, 2 wrong usage, 3 the file can't be read.\n\n"
      "Example:\n  simplon check -c /etc/simplon/simplon.toml");
  return [path] { return check(*path); };
}

}  // namespace simplon::cli
