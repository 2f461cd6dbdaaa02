// simplon decode: what does a ClientHello say?
#include "cli/command.hpp"
#include "cli/hello_input.hpp"
#include "cli/hello_report.hpp"
#include "cli/json_output.hpp"
#include "cli/terminal.hpp"
#include "record/reason.hpp"
#include "simplon/hello/reader.hpp"

#include <memory>
#include <string>
#include <variant>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using nlohmann::ordered_json;

struct Options {
  std::string input = "-";
  bool json = false;
};

ExitStatus print_hello(const ClientHelloView& hello, bool json) {
  if (json) {
    fmt::print("{}\n", dump(to_json(hello)));
  } else {
    fmt::print("{}", to_text(hello));
  }
  return ExitStatus::fine;
}

ExitStatus print_broken(WireError error, bool json) {
  const auto alert = alert_of(error);
  if (json) {
    const ordered_json details = {{"reason", record::name_of(record::reason_of(error))},
                                  {"description", describe(error)},
                                  {"alert", alert ? ordered_json(static_cast<unsigned>(*alert)) : ordered_json()},
                                  {"alert_name", alert ? ordered_json(name_of(*alert)) : ordered_json()},
                                  {"section", section_of(error)}};
    fmt::print("{}\n", dump(ordered_json{{"error", details}}));
    return ExitStatus::no;
  }
  const std::string answer =
      alert ? fmt::format("answered with fatal alert {} ({})", static_cast<unsigned>(*alert), name_of(*alert))
            : std::string("closed without an alert");
  fmt::print("{} {} ({}); {}\n", paint(stdout, Tone::bad, "broken:"), describe(error), section_of(error), answer);
  return ExitStatus::no;
}

ExitStatus print_incomplete(std::size_t have, std::size_t missing, bool json) {
  if (json) {
    const ordered_json details = {{"reason", "incomplete"}, {"bytes", have}, {"missing_at_least", missing}};
    fmt::print("{}\n", dump(ordered_json{{"error", details}}));
  } else {
    fmt::print("{} {} bytes are no whole ClientHello; {} more are needed at least\n",
               paint(stdout, Tone::bad, "incomplete:"), have, missing);
  }
  return ExitStatus::no;
}

ExitStatus decode(const Options& options) {
  const auto input = read_input(options.input);
  if (!input) {
    fmt::print(stderr, "{}: {}\n", options.input, input.error());
    return ExitStatus::failed;
  }
  HelloInput hello = detect_encoding(*input);
  if (!options.json) {
    fmt::print("{:<20} {}, {} bytes\n", "input", name_of(hello.encoding), hello.bytes.size());
  }
  const ReadOutcome outcome = read_client_hello(hello.bytes, HelloLimits{});
  if (const auto* view = std::get_if<ClientHelloView>(&outcome)) return print_hello(*view, options.json);
  if (const auto* error = std::get_if<WireError>(&outcome)) return print_broken(*error, options.json);
  return print_incomplete(hello.bytes.size(), std::get<NeedMore>(outcome).bytes, options.json);
}

}  // namespace

Run declare_decode(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  subcommand
      .add_option("input", options->input,
                  "The TLS records of a ClientHello as raw bytes, hex or base64; - or nothing: standard input")
      ->type_name("FILE");
  subcommand.add_flag("--json", options->json, "Print one JSON object");
  subcommand.footer(
      "Exit status: 0 whole and well formed, 1 broken or incomplete, 2 wrong usage, 3 the input can't be read.\n\n"
      "Example:\n  simplon decode hello.bin\n  xxd -p hello.bin | simplon decode --json");
  return [options] { return decode(*options); };
}

}  // namespace simplon::cli
