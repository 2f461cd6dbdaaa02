// simplon report: whom would mismatch = "reject" refuse?
#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "cli/mismatch_report.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

struct Options {
  std::string log = "-";
  bool json = false;
};

ExitStatus report(const Options& options) {
  std::ifstream file;
  if (options.log != "-") {
    file.open(options.log);
    if (!file) {
      fmt::print(stderr, "{}: {}\n", options.log, std::strerror(errno));
      return ExitStatus::failed;
    }
  }
  std::istream& log = options.log == "-" ? std::cin : file;
  MismatchReport result;
  for (std::string line; std::getline(log, line);)
    result.add(line);
  if (log.bad()) {
    fmt::print(stderr, "{}: {}\n", options.log, std::strerror(errno));
    return ExitStatus::failed;
  }
  if (options.json) {
    fmt::print("{}\n", dump(result.to_json()));
  } else {
    fmt::print("{}", result.to_text());
  }
  return result.would_reject() == 0 ? ExitStatus::fine : ExitStatus::no;
}

}  // namespace

Run declare_report(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  subcommand.add_option("log", options->log, "A log in JSON (`log_format = \"json\"`); - or nothing: standard input")
      ->type_name("FILE");
  subcommand.add_flag("--json", options->json, "Print one JSON object");
  subcommand.footer(
      "Sums up, for listeners with mismatch = \"report\", how many connections mismatch = \"reject\" would have\n"
      "refused: by what they offered, and by the clients' JA4.\n\n"
      "Exit status: 0 none, 1 some, 2 wrong usage, 3 the log can't be read.\n\n"
      "Example:\n  simplon report /var/log/simplon.log");
  return [options] { return report(*options); };
}

}  // namespace simplon::cli
