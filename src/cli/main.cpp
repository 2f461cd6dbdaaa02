#include "cli/command.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace simplon::cli {

namespace {

constexpr std::array commands = {
    Command{"serve", "Run the gateway", declare_serve},
    Command{"check", "Validate a configuration", declare_check},
    Command{"explain", "Show which route wins, and why each other does not", declare_explain},
    Command{"decode", "Print a ClientHello field by field", declare_decode},
    Command{"report", "Sum up from a log whom mismatch = \"reject\" would refuse", declare_report},
    Command{"probe", "Tell what servers negotiate, and what is wrong with it", declare_probe},
    Command{"conform", "Hold a server against RFC 7301 and its neighbours, case by case", declare_conform},
    Command{"version", "Print the versions of simplon and of what it is built with", declare_version},
};

ExitStatus run(int argc, char** argv) {
  CLI::App app{"ALPN done right: a TLS gateway, a library and a probe", "simplon"};
  app.require_subcommand(1);
  app.set_version_flag("--version", SIMPLON_VERSION);
  app.footer("simplon COMMAND --help tells more, with an example.");
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Command& command : commands) {
    CLI::App* subcommand = app.add_subcommand(std::string(command.name), std::string(command.summary));
    runs.emplace_back(subcommand, command.declare(*subcommand));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // `--help` and `--version` come this way too, with status 0.
    return app.exit(error) == 0 ? ExitStatus::fine : ExitStatus::wrong_usage;
  }
  for (const auto& [subcommand, command] : runs) {
    if (subcommand->parsed()) return command();
  }
  return ExitStatus::wrong_usage;
}

}  // namespace

}  // namespace simplon::cli

int main(int argc, char** argv) {
  try {
    return static_cast<int>(simplon::cli::run(argc, argv));
  } catch (const std::exception& error) {
    std::fputs("simplon: ", stderr);
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
    return static_cast<int>(simplon::cli::ExitStatus::failed);
  }
}
