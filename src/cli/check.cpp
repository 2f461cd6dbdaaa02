// simplon check: is a configuration valid?
#include "admin/token.hpp"
#include "cli/command.hpp"
#include "cli/configuration.hpp"
#include "cli/terminal.hpp"
#include "serve/certificates.hpp"

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
  const auto config = load_or_report(path);
  if (!config) return config.error();
  const auto certificates = serve::load_certificates(*config);
  if (!certificates) {
    for (const config::Problem& problem : certificates.error())
      print_error(problem);
    return ExitStatus::no;
  }
  if (const auto keys = serve::load_ticket_keys(*config); !keys) {
    print_error(keys.error());
    return ExitStatus::no;
  }
  if (const auto token = admin::Token::load(config->admin); !token) {
    print_error(token.error());
    return ExitStatus::no;
  }
  std::vector<config::Problem> warnings = config->warnings;
  std::ranges::move(serve::lint_certificates(*config, *certificates), std::back_inserter(warnings));
  for (const config::Problem& warning : warnings)
    print_warning(warning);
  std::string contents =
      fmt::format("{}, {}", count(config->listeners.size(), "listener"), count(config->routes.size(), "route"));
  if (!certificates->empty()) contents += fmt::format(", {}", count(certificates->size(), "certificate"));
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
