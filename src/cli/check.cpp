// simplon check: is a configuration valid?
#include "admin/token.hpp"
#include "cli/command.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"
#include "serve/prepare.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace simplon::cli {

namespace {

std::string count(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

ExitStatus check(const std::string& path) {
  auto config = load_or_report(path);
  if (!config) return config.error();
  std::vector<config::Problem> warnings = config->warnings;
  const auto prepared = serve::prepare(std::make_shared<const config::Config>(std::move(*config)), nullptr, {});
  if (!prepared) {
    for (const config::Problem& problem : prepared.error())
      print_error(problem);
    return ExitStatus::no;
  }
  const config::Config& checked = prepared->snapshot->config();
  if (const auto token = admin::Token::load(checked.admin); !token) {
    print_error(token.error());
    return ExitStatus::no;
  }
  std::ranges::copy(prepared->warnings, std::back_inserter(warnings));
  for (const config::Problem& warning : warnings)
    print_warning(warning);
  std::string contents =
      fmt::format("{}, {}", count(checked.listeners.size(), "listener"), count(checked.routes.size(), "route"));
  if (prepared->certificates > 0) contents += fmt::format(", {}", count(prepared->certificates, "certificate"));
  if (!warnings.empty()) contents += fmt::format(", {}", count(warnings.size(), "warning"));
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
