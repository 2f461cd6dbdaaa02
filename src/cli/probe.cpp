// simplon probe: what does a server negotiate, and what is wrong with it?
#include "cli/command.hpp"
#include "cli/json_output.hpp"
#include "cli/probe_report.hpp"
#include "cli/protocol_names.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace simplon::cli {

namespace {

struct Options {
  std::vector<std::string> targets;
  std::string list;
  std::string sni;
  std::string authorities;
  std::optional<std::string> extra;
  std::size_t concurrency = 32;
  double timeout = 5;
  double rate = 0;
  probe::Severity fail_on = probe::Severity::error;
  bool json = false;
  bool ndjson = false;
};

// The hosts of the command line, then those of the list, which is read as it is needed.
class Hosts {
 public:
  explicit Hosts(const Options& options) : options_(options) {}

  // False once it was said that the list can't be read.
  [[nodiscard]] bool open() {
    for (const std::string& text : options_.targets)
      if (!probe::Target::parse(text)) return complain("\"" + text + "\" is no HOST[:PORT]");
    total_ = options_.targets.size();
    if (options_.list.empty()) return true;
    // Once to count, for whoever waits wants to know how long.
    std::ifstream counted(options_.list);
    for (std::string line; std::getline(counted, line);)
      total_ += is_host(line) ? 1 : 0;
    file_.open(options_.list);
    return file_ ? true : complain(options_.list + ": " + std::strerror(errno));
  }
  [[nodiscard]] std::optional<probe::Target> next() {
    while (const auto text = next_text()) {
      if (auto target = probe::Target::parse(*text)) return target;
      fmt::print(stderr, "{}: \"{}\" is no HOST[:PORT], left out\n", options_.list, *text);
      --total_;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t total() const noexcept { return total_; }

 private:
  static bool is_host(std::string& line) {
    while (!line.empty() && std::strchr(" \t\r", line.back()) != nullptr)
      line.pop_back();
    return !line.empty() && line.front() != '#';
  }
  static bool complain(const std::string& message) {
    fmt::print(stderr, "{}\n", message);
    return false;
  }
  std::optional<std::string> next_text() {
    if (given_ < options_.targets.size()) return options_.targets[given_++];
    for (std::string line; file_.is_open() && std::getline(file_, line);)
      if (is_host(line)) return line;
    return std::nullopt;
  }

  const Options& options_;
  std::ifstream file_;
  std::size_t given_ = 0;
  std::size_t total_ = 0;
};

// Counts, and tells somebody who waits.
class Tally {
 public:
  explicit Tally(const Hosts& hosts) : hosts_(hosts), shown_(::isatty(STDERR_FILENO) == 1) {}

  void add(const probe::HostReport& report) {
    ++done_;
    const auto worst = worst_of(report);
    worst_ = std::max(worst_, worst);
    ++hosts_by_severity_[worst ? std::string(name_of(*worst)) : "nothing"];
    for (const auto& findings : report.findings) {
      for (const probe::Finding& each : findings)
        ++findings_[std::string(each.code)];
    }
    if (shown_ && hosts_.total() > 1) show_progress();
  }
  void show_summary() const {
    if (shown_ && hosts_.total() > 1) fmt::print(stderr, "\r\x1b[K");
    fmt::print("\n{} hosts:", done_);
    for (const auto& [severity, count] : hosts_by_severity_)
      fmt::print(" {} with {}{}", count, severity, severity == "nothing" ? "" : "s");
    fmt::print("\n");
    for (const auto& [code, count] : findings_)
      fmt::print("  {:>7}  {}\n", count, code);
  }
  void end_progress() const {
    if (shown_ && hosts_.total() > 1) fmt::print(stderr, "\r\x1b[K");
  }
  [[nodiscard]] std::optional<probe::Severity> worst() const noexcept { return worst_; }

 private:
  void show_progress() const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
    const std::size_t left = hosts_.total() > done_ ? hosts_.total() - done_ : 0;
    constexpr std::size_t width = 24;
    const std::size_t filled = hosts_.total() == 0 ? 0 : width * done_ / hosts_.total();
    fmt::print(stderr, "\r[{:<{}}] {} of {}, {:.0f} s left \x1b[K", std::string(filled, '#'), width, done_,
               hosts_.total(), elapsed.count() / static_cast<double>(done_) * static_cast<double>(left));
  }

  const Hosts& hosts_;
  const bool shown_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::size_t done_ = 0;
  std::optional<probe::Severity> worst_;
  std::map<std::string, std::size_t> hosts_by_severity_;
  std::map<std::string, std::size_t> findings_;
};

std::optional<probe::CampaignOptions> campaign_of(const Options& options) {
  const auto extra = options.extra ? parse_names(*options.extra) : std::vector<ProtocolId>();
  if (!extra) {
    fmt::print(stderr, "--alpn: {}\n", extra.error());
    return std::nullopt;
  }
  const auto milliseconds = [](double seconds) { return std::chrono::milliseconds(static_cast<long>(seconds * 1000)); };
  return probe::CampaignOptions{
      .survey = {.candidates = probe::candidates_with(*extra), .trusted = probe::read_trust_store(options.authorities)},
      .server_name = options.sni,
      .timeout = milliseconds(options.timeout),
      .concurrency = options.concurrency,
      .pause = options.rate > 0 ? milliseconds(1 / options.rate) : std::chrono::milliseconds(0)};
}

ExitStatus run_probe(const Options& options) {
  Hosts hosts(options);
  if (!hosts.open()) return options.list.empty() ? ExitStatus::wrong_usage : ExitStatus::failed;
  auto campaign = campaign_of(options);
  if (!campaign) return ExitStatus::wrong_usage;
  campaign->concurrency = std::min(campaign->concurrency, std::max<std::size_t>(hosts.total(), 1));
  Tally tally(hosts);
  std::string_view before_json = "[\n";
  survey_hosts([&] { return hosts.next(); }, *campaign,
               [&](const probe::HostReport& report) {
                 tally.end_progress();
                 if (options.json) {
                   // Not kept until the end: ten thousand hosts are 80 MB.
                   fmt::print("{}{}", std::exchange(before_json, ",\n"), dump(to_json(report)));
                 } else if (options.ndjson) {
                   fmt::print("{}\n", dump_in_a_line(to_json(report)));
                 } else {
                   fmt::print("{}", to_text(report));
                 }
                 std::fflush(stdout);
                 tally.add(report);
               });
  tally.end_progress();
  if (options.json) fmt::print("{}", before_json == ",\n" ? "\n]\n" : "[]\n");
  if (!options.json && !options.ndjson && hosts.total() > 1) tally.show_summary();
  return tally.worst() && *tally.worst() >= options.fail_on ? ExitStatus::no : ExitStatus::fine;
}

}  // namespace

Run declare_probe(CLI::App& subcommand) {
  const auto options = std::make_shared<Options>();
  subcommand.add_option("targets", options->targets, "Servers; port 443 where none is named")->type_name("HOST[:PORT]");
  subcommand.add_option("--list", options->list, "More of them, one on each line; # begins a comment")
      ->type_name("FILE");
  subcommand.add_option("--sni", options->sni, "The server name to send; each host's own by default")
      ->type_name("NAME");
  subcommand.add_option("--ca", options->authorities, "PEM of authorities to trust beside the system's")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  subcommand.add_option("--alpn", options->extra, "More protocols to ask for than those that are registered")
      ->type_name("NAMES");
  subcommand.add_option("--concurrency", options->concurrency, "Hosts at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  subcommand.add_option("--timeout", options->timeout, "Seconds to wait for a connection, and for each answer")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  subcommand.add_option("--rate", options->rate, "Hosts per second that are begun at one address; 0: no limit")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  subcommand.add_option("--fail-on", options->fail_on, "note, warning or error: what makes the exit status 1")
      ->transform(CLI::CheckedTransformer(std::map<std::string, probe::Severity>{
          {"note", probe::Severity::note}, {"warning", probe::Severity::warning}, {"error", probe::Severity::error}}))
      ->default_str("error");
  auto* const json = subcommand.add_flag("--json", options->json, "Print one JSON array");
  subcommand.add_flag("--ndjson", options->ndjson, "Print one JSON object per line and host, as soon as it is done")
      ->excludes(json);
  subcommand.callback([options] {
    if (options->targets.empty() && options->list.empty()) throw CLI::RequiredError("HOST[:PORT]");
  });
  subcommand.footer(
      "Asks each address of each host some twenty questions, and tells what it negotiates and what is wrong with "
      "it.\n\n"
      "Exit status: 0 nothing as bad as --fail-on was found, 1 something was, 2 wrong usage, 3 the list can't be "
      "read.\n\n"
      "Example:\n  simplon probe www.example.com [2001:db8::1]:8443 --fail-on warning");
  return [options] { return run_probe(*options); };
}

}  // namespace simplon::cli
