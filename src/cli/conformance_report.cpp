#include "cli/conformance_report.hpp"

#include "cli/terminal.hpp"
#include "probe/question.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using probe::Demand;
using probe::Result;

bool counts(const ConformanceRow& row) {
  return row.result.result == Result::failed && row.test->demand == Demand::must && row.deviation.empty();
}

std::string_view word_of(const ConformanceRow& row) {
  if (row.result.result != Result::failed) return name_of(row.result.result);
  if (!row.deviation.empty()) return "known";
  return row.test->demand == Demand::must ? "FAILED" : "differs";
}

Tone tone_of(const ConformanceRow& row) {
  if (row.result.result == Result::passed) return Tone::good;
  if (row.result.result == Result::skipped) return Tone::faint;
  return counts(row) ? Tone::bad : Tone::warning;
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string name_of_row(const ConformanceRow& row) {
  return fmt::format("{} ({})", row.test->id, probe::version_text(row.version));
}

}  // namespace

std::size_t ConformanceReport::failures() const {
  return static_cast<std::size_t>(std::ranges::count_if(rows, counts));
}

std::string ConformanceReport::to_text() const {
  std::string text =
      fmt::format("{} {} {}\n\n", printable(target), side == ConformanceSide::server ? "selects" : "offers",
                  spoken ? fmt::format("{}", fmt::join(*spoken, ", ")) : "no protocol");
  auto out = std::back_inserter(text);
  for (const ConformanceRow& row : rows) {
    fmt::format_to(out, "{}  {:<8} {:<20} {}\n", paint(stdout, tone_of(row), fmt::format("{:<8}", word_of(row))),
                   probe::version_text(row.version), row.test->id, printable(row.result.seen));
    if (row.result.result != Result::failed) continue;
    fmt::format_to(out, "          {}: {}\n", row.test->section, row.test->sentence);
    if (!row.deviation.empty()) fmt::format_to(out, "          known: {}\n", printable(row.deviation));
  }
  const auto count = [&](Result result) {
    return std::ranges::count(rows, result, [](const ConformanceRow& row) { return row.result.result; });
  };
  fmt::format_to(out, "\n{} passed, {} failed, {} of them a must and not known, {} skipped\n", count(Result::passed),
                 count(Result::failed), failures(), count(Result::skipped));
  return text;
}

nlohmann::ordered_json ConformanceReport::to_json() const {
  nlohmann::ordered_json json;
  const bool of_server = side == ConformanceSide::server;
  json[of_server ? "target" : "client"] = printable(target);
  json[of_server ? "selects" : "offers"] = spoken ? nlohmann::ordered_json(*spoken) : nlohmann::ordered_json();
  json["failures"] = failures();
  json["cases"] = nlohmann::ordered_json::array();
  for (const ConformanceRow& row : rows) {
    nlohmann::ordered_json entry;
    entry["id"] = row.test->id;
    entry["tls"] = row.version == probe::tls_1_3 ? "1.3" : "1.2";
    entry["section"] = row.test->section;
    entry["sentence"] = row.test->sentence;
    entry["demand"] = row.test->demand == Demand::must ? "must" : "should";
    entry["result"] = name_of(row.result.result);
    entry["seen"] = printable(row.result.seen);
    entry["deviation"] = row.deviation.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.deviation);
    json["cases"].push_back(std::move(entry));
  }
  return json;
}

std::string ConformanceReport::to_junit() const {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  auto out = std::back_inserter(xml);
  const auto skipped = std::ranges::count_if(
      rows, [](const ConformanceRow& row) { return row.result.result != Result::passed && !counts(row); });
  fmt::format_to(out, "<testsuite name=\"simplon conform {}{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
                 side == ConformanceSide::client ? "--client " : "", escape_xml(printable(target)), rows.size(),
                 failures(), skipped);
  for (const ConformanceRow& row : rows) {
    const std::string seen = escape_xml(printable(row.result.seen));
    fmt::format_to(out, "  <testcase classname=\"{}\" name=\"{}\"", escape_xml(row.test->section), name_of_row(row));
    if (row.result.result == Result::passed) {
      fmt::format_to(out, "/>\n");
    } else if (counts(row)) {
      fmt::format_to(out, "><failure message=\"{}\">{}</failure></testcase>\n", seen, escape_xml(row.test->sentence));
    } else {
      const std::string why = row.deviation.empty() ? seen : escape_xml(printable(row.deviation));
      fmt::format_to(out, "><skipped message=\"{}\"/></testcase>\n", why);
    }
  }
  return xml + "</testsuite>\n";
}

}  // namespace simplon::cli
