#include "cli/command.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
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
    Command{"conform", "Hold a server or a client against RFC 7301 and its neighbours", nullptr, declare_conform},
    Command{"version", "Print the versions of simplon and of what it is built with", declare_version},
};

// Where another program's command line begins; the end where there is none, or the command takes none. CLI11 would look
// in it for commands, and take what stands in brackets for a list.
char** find_other(char** begin, char** end) {
  const std::string_view name = end - begin > 1 ? begin[1] : "";
  const auto* const command = std::ranges::find(commands, name, &Command::name);
  if (command == commands.end() || command->declare_with == nullptr) return end;
  return std::find_if(begin, end, [](const char* word) { return std::string_view(word) == "--"; });
}

ExitStatus run(int argc, char** argv) {
  CLI::App app{"ALPN done right: a TLS gateway, a library and a probe", "simplon"};
  app.require_subcommand(1);
  app.set_version_flag("--version", SIMPLON_VERSION);
  app.footer("simplon COMMAND --help tells more, with an example.");
  char** const end = argv + argc;
  char** const other_begin = find_other(argv, end);
  const std::vector<std::string> other(other_begin == end ? end : other_begin + 1, end);
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Command& command : commands) {
    CLI::App* subcommand = app.add_subcommand(std::string(command.name), std::string(command.summary));
    runs.emplace_back(subcommand, command.declare != nullptr ? command.declare(*subcommand)
                                                             : command.declare_with(*subcommand, other));
  }
  try {
    app.parse(static_cast<int>(other_begin - argv), argv);
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
