#include "cli/probe_report.hpp"

#include "cli/terminal.hpp"
#include "probe/describe.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using nlohmann::ordered_json;
using probe::Finding;
using probe::Severity;
using probe::Survey;

Tone tone_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return Tone::faint;
    case Severity::warning:
      return Tone::warning;
    case Severity::error:
      return Tone::bad;
  }
  return Tone::bad;
}

std::string list(const std::vector<ProtocolId>& ids) {
  std::string text;
  for (const ProtocolId& id : ids)
    text += (text.empty() ? "" : ", ") + to_text(id);
  return text.empty() ? "none" : text;
}

std::string_view short_version(std::uint16_t version) { return version == probe::tls_1_3 ? "1.3" : "1.2"; }

std::string day_of(std::chrono::sys_seconds time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

// What was asked otherwise than usual: its name in JSON, and for people.
struct Unusual {
  std::string_view field;
  std::string_view name;
  const std::optional<probe::Observation>& seen;
};

std::array<Unusual, 5> unusual_of(const Survey& survey) {
  return {{{"grease", "GREASE", survey.beside_grease},
           {"segments", "in segments", survey.in_segments},
           {"records", "in records", survey.in_records},
           {"large", "1,800 bytes", survey.large},
           {"no_server_name", "no name", survey.without_name}}};
}

// A line for what makes no difference, and one for each hello that does.
template <typename Line>
void add_unusual(const Survey& survey, const Line& line) {
  if (!survey.usual) return;
  const std::string usual = probe::describe(*survey.usual, survey.offer);
  std::vector<std::string_view> alike;
  std::vector<std::pair<std::string_view, std::string>> others;
  for (const Unusual& each : unusual_of(survey)) {
    if (!each.seen) continue;
    std::string seen = probe::describe(*each.seen, survey.offer);
    if (seen == usual) {
      alike.push_back(each.name);
    } else {
      others.emplace_back(each.name, std::move(seen));
    }
  }
  if (!alike.empty()) line("as usual", fmt::format("{}", fmt::join(alike, ", ")));
  for (const auto& [name, seen] : others)
    line(std::string(name), seen);
}

std::string facts_of(const Survey& survey) {
  std::string text;
  auto out = std::back_inserter(text);
  const auto line = [&](std::string_view name, const std::string& value) {
    fmt::format_to(out, "  {:<12} {}\n", name, printable(value));
  };
  std::string versions;
  for (const probe::VersionProfile& each : survey.profile.versions) {
    if (!each.supported()) continue;
    versions += (versions.empty() ? "" : ", ") + std::string(probe::version_text(each.version));
    line("ALPN, " + std::string(short_version(each.version)), list(each.spoken));
  }
  const probe::VersionProfile* const best = survey.profile.best();
  if (best == nullptr) return text;
  if (survey.order != probe::Order::unknown) line("order", fmt::format("the {}'s decides", name_of(survey.order)));
  line("mismatch", describe(best->last, best->last_offer));
  line("no ALPN", best->plain.answer->alpn ? "an answer that was not asked for" : "goes on without");
  add_unusual(survey, line);
  if (!survey.resumption.empty()) line("resumption", survey.resumption);
  if (survey.certificate) {
    const auto& certificate = *survey.certificate;
    line("certificate", fmt::format("{}; until {}, by {}", fmt::join(certificate.names, " "),
                                    day_of(certificate.not_after), certificate.issuer));
  }
  return "  TLS          " + versions + "\n" + text;
}

ordered_json json_of(const std::vector<ProtocolId>& ids) {
  ordered_json names = ordered_json::array();
  for (const ProtocolId& id : ids)
    names.push_back(to_text(id));
  return names;
}

ordered_json json_of(const Survey& survey, const std::vector<Finding>& findings) {
  ordered_json json;
  json["address"] = survey.address.to_text();
  json["versions"] = ordered_json::array();
  for (const probe::VersionProfile& each : survey.profile.versions) {
    ordered_json entry;
    entry["tls"] = short_version(each.version);
    entry["supported"] = each.supported();
    entry["no_alpn"] = describe(each.plain, {});
    if (each.supported()) {
      entry["selects"] = json_of(each.spoken);
      entry["mismatch"] = describe(each.last, each.last_offer);
    }
    json["versions"].push_back(std::move(entry));
  }
  json["order"] = name_of(survey.order);
  json["hellos"] = nullptr;
  if (survey.usual) {
    json["hellos"] = {{"usual", probe::describe(*survey.usual, survey.offer)}};
    for (const Unusual& each : unusual_of(survey)) {
      json["hellos"][each.field] = each.seen ? ordered_json(probe::describe(*each.seen, survey.offer)) : ordered_json();
    }
  }
  json["resumption"] = survey.resumption.empty() ? ordered_json() : ordered_json(survey.resumption);
  json["certificate"] = nullptr;
  if (survey.certificate) {
    json["certificate"] = {
        {"names", survey.certificate->names},
        {"issuer", survey.certificate->issuer},
        {"not_before", day_of(survey.certificate->not_before)},
        {"not_after", day_of(survey.certificate->not_after)},
        {"verified", survey.certificate->problems.empty()},
        {"problem", survey.certificate->problems.empty() ? ordered_json()
                                                         : ordered_json(survey.certificate->problems.front().text)}};
  }
  json["findings"] = ordered_json::array();
  for (const Finding& each : findings) {
    json["findings"].push_back({{"code", each.code},
                                {"severity", name_of(each.severity)},
                                {"sentence", each.sentence},
                                {"section", each.section.empty() ? ordered_json() : ordered_json(each.section)}});
  }
  json["ms"] = survey.took.count();
  return json;
}

}  // namespace

std::string to_text(const probe::HostReport& report) {
  std::string text;
  auto out = std::back_inserter(text);
  if (!report.error.empty()) {
    fmt::format_to(out, "{}\n  {}\n", paint(stdout, Tone::heading, report.target.to_text()),
                   paint(stdout, Tone::bad, printable(report.error)));
  }
  for (std::size_t i = 0; i < report.surveys.size(); ++i) {
    const Survey& survey = report.surveys[i];
    fmt::format_to(out, "{} at {} ({} ms)\n{}", paint(stdout, Tone::heading, report.target.to_text()),
                   survey.address.to_text(), survey.took.count(), facts_of(survey));
    for (const Finding& each : report.findings[i]) {
      fmt::format_to(out, "  {} {}: {}{}\n",
                     paint(stdout, tone_of(each.severity), fmt::format("{:<7}", name_of(each.severity))), each.code,
                     printable(each.sentence), each.section.empty() ? "" : fmt::format(" ({})", each.section));
    }
    if (report.findings[i].empty())
      fmt::format_to(out, "  {}\n", paint(stdout, Tone::good, "nothing to find fault with"));
  }
  if (report.addresses_left_out > 0) {
    fmt::format_to(out, "{}: {} more addresses were not asked\n", report.target.to_text(), report.addresses_left_out);
  }
  return text;
}

ordered_json to_json(const probe::HostReport& report) {
  ordered_json json;
  json["target"] = report.target.to_text();
  json["error"] = report.error.empty() ? ordered_json() : ordered_json(report.error);
  json["addresses_left_out"] = report.addresses_left_out;
  json["addresses"] = ordered_json::array();
  for (std::size_t i = 0; i < report.surveys.size(); ++i)
    json["addresses"].push_back(json_of(report.surveys[i], report.findings[i]));
  return json;
}

std::optional<probe::Severity> worst_of(const probe::HostReport& report) {
  if (!report.error.empty()) return Severity::error;
  std::optional<Severity> worst;
  for (const std::vector<Finding>& findings : report.findings) {
    for (const Finding& each : findings)
      worst = std::max(worst.value_or(each.severity), each.severity);
  }
  return worst;
}

}  // namespace simplon::cli
