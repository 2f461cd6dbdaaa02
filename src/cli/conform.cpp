// simplon conform: which sentence of which RFC does a server, or a client, break?
#include "probe/conform.hpp"

#include "cli/command.hpp"
#include "cli/conform_options.hpp"
#include "cli/json_output.hpp"
#include "probe/conform_client.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fnmatch.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

void print_case(const probe::CaseText& each) {
  fmt::print("{:<20} {:<7} {}: {}\n", each.id, each.demand == probe::Demand::must ? "must" : "should", each.section,
             each.sentence);
}

void print_cases(bool of_client) {
  if (of_client) {
    for (const probe::ClientCase& each : probe::client_cases())
      print_case(each);
  } else {
    for (const probe::Case& each : probe::cases())
      print_case(each);
  }
}

ExitStatus conform(const ConformOptions& options) {
  if (options.list) {
    print_cases(options.client);
    return ExitStatus::fine;
  }
  return options.client ? conform_client(options) : conform_server(options);
}

// A failure that is gone, and still accepted, would not be noticed when it comes back.
void note_what_passes(const ConformanceReport& report, const std::string& path) {
  std::map<std::string_view, bool> fails;
  for (const ConformanceRow& row : report.rows) {
    if (row.deviation.empty() || row.result.result == probe::Result::skipped) continue;
    fails[row.test->id] |= row.result.result == probe::Result::failed;
  }
  for (const auto& [id, failed] : fails) {
    if (!failed) fmt::print(stderr, "{}: \"{}\" passes: take it out\n", path, id);
  }
}

void declare_server(CLI::App& subcommand, ConformOptions& options, CLI::Option* client) {
  subcommand.add_option("--sni", options.sni, "The server name to send; the host's by default")
      ->type_name("NAME")
      ->excludes(client);
  subcommand.add_option("--alpn", options.extra, "More protocols that it may speak, in text form")
      ->type_name("NAMES")
      ->excludes(client);
}

void declare_client(CLI::App& subcommand, ConformOptions& options, CLI::Option* client) {
  subcommand.add_option("--listen", options.listen, "Where clients connect to; port 0: any that is free")
      ->type_name("ADDR")
      ->capture_default_str()
      ->needs(client);
  CLI::Option* const certificate =
      subcommand.add_option("--cert", options.certificate, "The certificate chain, PEM, instead of a self-signed one")
          ->type_name("FILE")
          ->needs(client);
  CLI::Option* const key =
      subcommand.add_option("--key", options.key, "Its private key, PEM")->type_name("FILE")->needs(client);
  certificate->needs(key);
  key->needs(certificate);
  subcommand.add_flag("--verbose", options.verbose, "Show what the command writes, on standard error")->needs(client);
}

}  // namespace

bool ConformOptions::wants(std::string_view id) const {
  return ::fnmatch(pattern.c_str(), std::string(id).c_str(), 0) == 0;
}

std::optional<Deviations> read_deviations(const std::string& path, bool (*is_case)(std::string_view id)) {
  if (path.empty()) return Deviations();
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "{}: {}\n", path, std::strerror(errno));
    return std::nullopt;
  }
  const auto json = nlohmann::json::parse(file, nullptr, false);
  Deviations deviations;
  for (const auto& [id, reason] : json.items()) {
    const bool known = is_case(id);
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

std::string deviation_of(const Deviations& deviations, std::string_view id) {
  const auto known = deviations.find(std::string(id));
  return known == deviations.end() ? "" : known->second;
}

ExitStatus print_report(const ConformanceReport& report, const ConformOptions& options) {
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
  note_what_passes(report, options.deviations);
  return report.failures() == 0 ? ExitStatus::fine : ExitStatus::no;
}

Run declare_conform(CLI::App& subcommand, std::vector<std::string> other) {
  const auto options = std::make_shared<ConformOptions>();
  options->command = std::move(other);
  auto* const list = subcommand.add_flag("--list-cases", options->list, "Print the cases, and ask nobody");
  auto* const client = subcommand.add_flag("--client", options->client,
                                           "Be a misbehaving server to the client that the command behind -- runs");
  subcommand.add_option("target", options->target, "The server; port 443 where none is named")
      ->type_name("HOST[:PORT]")
      ->excludes(client);
  declare_server(subcommand, *options, client);
  declare_client(subcommand, *options, client);
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
    if (!options->client && !options->command.empty()) throw CLI::RequiresError("COMMAND", "--client");
    if (list->count() == 0 && !options->client && options->target.empty()) throw CLI::RequiredError("HOST[:PORT]");
  });
  subcommand.footer(
      "Asks a server what no well-behaved client would, in each TLS version that it has, and compares its answers "
      "with\n"
      "what RFC 7301 and its neighbours demand. With --client it is the other way round: it answers a client what no\n"
      "well-behaved server would. COMMAND makes one connection to {host}, {port} or {address}, which are replaced in "
      "its\n"
      "arguments; it must trust the certificate, or not verify. Without COMMAND one connection is awaited for each "
      "case.\n\n"
      "Exit status: 0 nothing that must hold fails, 1 something does, 2 wrong usage, 3 it could not be asked.\n\n"
      "Examples:\n"
      "  simplon conform www.example.com --json\n"
      "  simplon conform --client -- curl -sk https://{address}/");
  return [options] { return conform(*options); };
}

}  // namespace simplon::cli
