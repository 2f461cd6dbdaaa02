// simplon conform: which sentence of which RFC does a server break?
#include "cli/command.hpp"
#include "cli/conformance_report.hpp"
#include "cli/json_output.hpp"
#include "cli/protocol_names.hpp"
#include "probe/describe.hpp"
#include "probe/line.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fnmatch.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

struct Options {
  std::string target;
  std::string sni;
  std::optional<std::string> extra;
  std::string pattern = "*";
  std::string deviations;
  std::string junit;
  double timeout = 5;
  bool json = false;
  bool list = false;
};

using Deviations = std::map<std::string, std::string>;

// {"case-id": "why it is accepted"}; nothing once it was said what is wrong.
std::optional<Deviations> read_deviations(const std::string& path) {
  if (path.empty()) return Deviations();
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "{}: {}\n", path, std::strerror(errno));
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(file, nullptr, false);
  Deviations deviations;
  for (const auto& [id, reason] : json.items()) {
    const bool known = probe::find_case(id) != nullptr;
    if (known && reason.is_string() && !reason.get<std::string>().empty()) {
      deviations.emplace(id, reason.get<std::string>());
      continue;
    }
    fmt::print(stderr, "{}: {}\n", path, known ? id + ": write why it is accepted" : "there is no case \"" + id + "\"");
    return std::nullopt;
  }
  if (json.is_object()) return deviations;
  fmt::print(stderr, "{}: not a JSON object of case ids and reasons\n", path);
  return std::nullopt;
}

void print_cases() {
  for (const probe::Case& each : probe::cases()) {
    fmt::print("{:<20} {:<7} {}: {}\n", each.id, each.demand == probe::Demand::must ? "must" : "should", each.section,
               each.sentence);
  }
}

// The first of its addresses that answers; nothing once it was said that none does.
std::optional<probe::Server> find_server(const probe::Target& target, const Options& options) {
  const auto addresses = probe::resolve(target);
  std::string why = addresses ? "" : addresses.error();
  for (const net::Endpoint& address : addresses.value_or(std::vector<net::Endpoint>())) {
    probe::Server server{.address = address,
                         .name = options.sni.empty() ? target.server_name() : options.sni,
                         .timeout = std::chrono::milliseconds(static_cast<long>(options.timeout * 1000))};
    auto line = probe::Line::dial(address, probe::Clock::now() + server.timeout);
    if (line) return server;
    why = address.to_text() + ": " + line.error();
  }
  fmt::print(stderr, "{}: {}\n", target.to_text(), why);
  return std::nullopt;
}

void run_cases(const probe::Server& server, const probe::VersionProfile& profile, const Options& options,
               const Deviations& deviations, ConformanceReport& report) {
  for (const probe::Case& each : probe::cases()) {
    if (::fnmatch(options.pattern.c_str(), std::string(each.id).c_str(), 0) != 0) continue;
    const auto known = deviations.find(std::string(each.id));
    report.rows.push_back({.test = &each,
                           .version = profile.version,
                           .result = each.run(server, profile),
                           .deviation = known == deviations.end() ? "" : known->second});
  }
}

ExitStatus print(const ConformanceReport& report, const Options& options) {
  if (!options.junit.empty()) {
    std::ofstream file(options.junit);
    file << report.to_junit();
    if (!file.flush()) {
      fmt::print(stderr, "{}: {}\n", options.junit, std::strerror(errno));
      return ExitStatus::failed;
    }
  }
  if (options.json) {
    fmt::print("{}\n", dump(report.to_json()));
  } else {
    fmt::print("{}", report.to_text());
  }
  return report.failures() == 0 ? ExitStatus::fine : ExitStatus::no;
}

ExitStatus conform(const Options& options) {
  if (options.list) {
    print_cases();
    return ExitStatus::fine;
  }
  const auto target = probe::Target::parse(options.target);
  if (!target) {
    fmt::print(stderr, "\"{}\" is no HOST[:PORT]\n", options.target);
    return ExitStatus::wrong_usage;
  }
  const auto extra = options.extra ? parse_names(*options.extra) : std::vector<ProtocolId>();
  if (!extra) {
    fmt::print(stderr, "--alpn: {}\n", extra.error());
    return ExitStatus::wrong_usage;
  }
  const auto deviations = read_deviations(options.deviations);
  if (!deviations) return ExitStatus::failed;
  const auto server = find_server(*target, options);
  if (!server) return ExitStatus::failed;

  const probe::Profile profile = find_profile(*server, probe::candidates_with(*extra));
  ConformanceReport report{.target = target->to_text(), .spoken = {}, .rows = {}};
  for (const probe::VersionProfile& version : profile.versions) {
    if (!version.supported() || version.spoken.empty()) continue;
    if (report.spoken.empty()) {
      for (const ProtocolId& id : version.spoken)
        report.spoken.push_back(to_text(id));
    }
    run_cases(*server, version, options, *deviations, report);
  }
  if (!report.rows.empty()) return print(report, options);
  const auto& first = profile.versions.front();
  const std::string seen = profile.best() != nullptr
                               ? "it selects none of the registered protocols: name others with --alpn"
                               : probe::describe(first.plain, {});
  fmt::print(stderr, "{}: {}\n", target->to_text(), seen);
  return ExitStatus::failed;
}

}  // namespace

Run declare_conform(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  auto* const list = subcommand.add_flag("--list-cases", options->list, "Print the cases, and ask nobody");
  subcommand.add_option("target", options->target, "The server; port 443 where none is named")
      ->type_name("HOST[:PORT]");
  subcommand.add_option("--sni", options->sni, "The server name to send; the host's by default")->type_name("NAME");
  subcommand.add_option("--alpn", options->extra, "More protocols that it may speak, in text form")->type_name("NAMES");
  subcommand.add_option("--case", options->pattern, "Only cases whose id fits")->type_name("GLOB");
  subcommand
      .add_option("--deviations", options->deviations, "A JSON object of case ids and why each failure is accepted")
      ->type_name("FILE");
  subcommand.add_option("--timeout", options->timeout, "Seconds to wait for a connection, and for each answer")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  subcommand.add_flag("--json", options->json, "Print one JSON object");
  subcommand.add_option("--junit", options->junit, "Write JUnit XML")->type_name("FILE");
  subcommand.callback([options, list] {
    if (list->count() == 0 && options->target.empty()) throw CLI::RequiredError("HOST[:PORT]");
  });
  subcommand.footer(
      "Asks a server what no well-behaved client would, in each TLS version that it has, and compares its answers "
      "with\n"
      "what RFC 7301 and its neighbours demand.\n\n"
      "Exit status: 0 nothing that must hold fails, 1 something does, 2 wrong usage, 3 it could not be asked.\n\n"
      "Example:\n  simplon conform www.example.com --json");
  return [options] { return conform(*options); };
}

}  // namespace simplon::cli
