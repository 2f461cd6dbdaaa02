// simplon conform HOST: a server, asked what no well-behaved client would.
#include "cli/conform_options.hpp"
#include "cli/protocol_names.hpp"
#include "probe/conform.hpp"
#include "probe/describe.hpp"
#include "probe/line.hpp"
#include "probe/resolve.hpp"

#include <fmt/format.h>

namespace simplon::cli {

namespace {

// The first of its addresses that answers; nothing once it was said that none does.
std::optional<probe::Server> find_server(const probe::Target& target, const ConformOptions& options) {
  const auto addresses = probe::resolve(target, probe::Clock::now() + options.patience());
  std::string why = addresses ? "" : addresses.error();
  for (const net::Endpoint& address : addresses.value_or(std::vector<net::Endpoint>())) {
    probe::Server server{.address = address,
                         .name = options.sni.empty() ? target.server_name() : options.sni,
                         .timeout = options.patience()};
    auto line = probe::Line::dial(address, probe::Clock::now() + server.timeout);
    if (line) return server;
    why = address.to_text() + ": " + line.error();
  }
  fmt::print(stderr, "{}: {}\n", target.to_text(), why);
  return std::nullopt;
}

void run_cases(const probe::Server& server, const probe::VersionProfile& profile, const ConformOptions& options,
               const Deviations& deviations, ConformanceReport& report) {
  for (const probe::Case& each : probe::cases()) {
    if (!options.wants(each.id)) continue;
    report.rows.push_back({.test = &each,
                           .version = profile.version,
                           .result = each.run(server, profile),
                           .deviation = deviation_of(deviations, each.id)});
  }
}

}  // namespace

ExitStatus conform_server(const ConformOptions& options) {
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
  const auto deviations =
      read_deviations(options.deviations, [](std::string_view id) { return probe::find_case(id) != nullptr; });
  if (!deviations) return ExitStatus::failed;
  const auto server = find_server(*target, options);
  if (!server) return ExitStatus::failed;

  probe::Questioner questioner(*server);
  const probe::Profile profile = find_profile(questioner, probe::candidates_with(*extra));
  ConformanceReport report{.target = target->to_text(), .spoken = {}, .rows = {}};
  for (const probe::VersionProfile& version : profile.versions) {
    if (!version.supported() || version.spoken.empty()) continue;
    if (!report.spoken) {
      report.spoken.emplace();
      for (const ProtocolId& id : version.spoken)
        report.spoken->push_back(to_text(id));
    }
    run_cases(*server, version, options, *deviations, report);
  }
  if (!report.rows.empty()) return print_report(report, options);
  const auto& first = profile.versions.front();
  const std::string seen = profile.best() != nullptr
                               ? "it selects none of the registered protocols: name others with --alpn"
                               : probe::describe(first.plain, {});
  fmt::print(stderr, "{}: {}\n", target->to_text(), seen);
  return ExitStatus::failed;
}

}  // namespace simplon::cli
