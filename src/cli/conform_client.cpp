// simplon conform --client: a client, answered what no well-behaved server would.
#include "probe/conform_client.hpp"

#include "cli/conform_options.hpp"
#include "config/addresses.hpp"
#include "probe/child_process.hpp"
#include "probe/client_trial.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

namespace simplon::cli {

namespace {

using probe::Reaction;

// Nothing once it was said what is wrong.
std::optional<tls::Certificate> find_certificate(const ConformOptions& options, const std::string& ip) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
  if (std::ranges::find(names, ip) == names.end()) names.push_back(ip);
  auto certificate = options.certificate.empty() ? tls::make_self_signed(names)
                                                 : tls::Certificate::load(options.certificate, options.key);
  if (certificate) return std::move(*certificate);
  fmt::print(stderr, "simplon: {}\n", tls::describe(certificate.error()));
  return std::nullopt;
}

// One client in all of its cases.
class ClientRun {
 public:
  ClientRun(probe::ClientUnderTest& client, const ConformOptions& options, const Deviations& deviations,
            ConformanceReport& report)
      : client_(client), options_(options), deviations_(deviations), report_(report) {}

  /// All cases of a version, where it has that; false once it was said that no client came.
  [[nodiscard]] bool run(std::uint16_t version);

 private:
  Reaction hear(const probe::ClientCase& test, std::uint16_t version);
  void add(const probe::ClientCase& test, std::uint16_t version, probe::CaseResult result);
  void note_offer(const probe::Offer& offer);

  probe::ClientUnderTest& client_;
  const ConformOptions& options_;
  const Deviations& deviations_;
  ConformanceReport& report_;
};

Reaction ClientRun::hear(const probe::ClientCase& test, std::uint16_t version) {
  if (client_.command.empty()) {
    fmt::print(stderr, "{}, {}: waiting for a connection\n", test.id, probe::version_text(version));
  }
  return client_.hear(test.bend, version);
}

void ClientRun::add(const probe::ClientCase& test, std::uint16_t version, probe::CaseResult result) {
  report_.rows.push_back({.test = &test,
                          .version = version,
                          .result = std::move(result),
                          .deviation = deviation_of(deviations_, test.id)});
}

void ClientRun::note_offer(const probe::Offer& offer) {
  if (!offer || report_.spoken) return;
  report_.spoken.emplace();
  for (const ProtocolId& id : *offer)
    report_.spoken->push_back(to_text(id));
}

bool ClientRun::run(std::uint16_t version) {
  // What a client does to a bent answer says nothing where it does the same to a straight one.
  const probe::ClientCase& control = probe::control_case();
  const Reaction straight = hear(control, version);
  const probe::CaseResult result = probe::judge(control, straight);
  note_offer(straight.offer);
  if (straight.end == Reaction::End::absent || straight.end == Reaction::End::incapable) {
    fmt::print(stderr, "{}: {}\n", probe::version_text(version), result.seen);
    return straight.end == Reaction::End::incapable;
  }
  Reaction last = straight;
  const probe::Bend* heard = &control.bend;
  for (const probe::ClientCase& each : probe::client_cases()) {
    if (!each.applies_to(version) || (!options_.wants(each.id) && &each != &control)) continue;
    if (&each == &control) {
      if (options_.wants(each.id) || result.result == probe::Result::failed) add(each, version, result);
      continue;
    }
    if (result.result == probe::Result::failed) {
      add(each, version, {.result = probe::Result::skipped, .seen = "it fails the control"});
      continue;
    }
    if (*heard != each.bend) last = hear(each, version);
    heard = &each.bend;
    add(each, version, probe::judge(each, last));
  }
  return true;
}

std::optional<ConformanceReport> run_all(probe::ClientUnderTest& client, const ConformOptions& options,
                                         const Deviations& deviations) {
  const std::string name = client.command.empty() ? "the client" : fmt::format("{}", fmt::join(client.command, " "));
  ConformanceReport report{.target = name, .spoken = {}, .rows = {}, .side = ConformanceSide::client};
  ClientRun all(client, options, deviations, report);
  for (const std::uint16_t version : {probe::tls_1_3, probe::tls_1_2}) {
    if (!all.run(version)) return std::nullopt;
  }
  if (!report.rows.empty()) return report;
  fmt::print(stderr, "{}: no case could be held against it\n", name);
  return std::nullopt;
}

}  // namespace

ExitStatus conform_client(const ConformOptions& options) {
  const auto address = config::parse_listen_address(options.listen);
  if (!address) {
    fmt::print(stderr, "--listen: {}\n", address.error());
    return ExitStatus::wrong_usage;
  }
  const auto deviations =
      read_deviations(options.deviations, [](std::string_view id) { return probe::find_client_case(id) != nullptr; });
  if (!deviations) return ExitStatus::failed;
  auto certificate = find_certificate(options, address->ip);
  if (!certificate) return ExitStatus::failed;
  auto listener = probe::Listener::open(*net::Endpoint::from_ip(address->ip, address->port), address->dual_stack);
  if (!listener) {
    fmt::print(stderr, "simplon: {}\n", listener.error());
    return ExitStatus::failed;
  }
  probe::end_command_with_signals();
  fmt::print(stderr, "listening on {}{}\n", listener->address().to_text(),
             options.command.empty() ? ": connect the client once for each case" : "");
  probe::ClientUnderTest client{.listener = std::move(*listener),
                                .certificate = std::move(*certificate),
                                .command = options.command,
                                .shows_output = options.verbose,
                                .timeout = options.patience()};
  const auto report = run_all(client, options, *deviations);
  return report ? print_report(*report, options) : ExitStatus::failed;
}

}  // namespace simplon::cli
