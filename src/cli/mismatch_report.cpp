#include "cli/mismatch_report.hpp"

#include "cli/terminal.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string text_of(const json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The list offered, as the log writes its names, joined by commas: none of them holds one.
std::string offer_of(const json& line) {
  const auto found = line.find("offered");
  if (found == line.end() || !found->is_array()) return {};
  std::string offer;
  for (const json& name : *found) {
    if (!name.is_string()) continue;
    if (!offer.empty()) offer += ',';
    offer += name.get<std::string>();
  }
  return offer;
}

// The place of `key`, or of "other" where too many are kept.
template <typename Value>
Value& place(std::map<std::string, Value>& all, std::string key) {
  if (all.size() >= MismatchReport::most_kept && !all.contains(key)) key = "other";
  return all[std::move(key)];
}

// By number, the largest first, then by key.
template <typename Value, typename Count>
std::vector<std::pair<std::string, const Value*>> sorted(const std::map<std::string, Value>& all, Count count) {
  std::vector<std::pair<std::string, const Value*>> rows;
  rows.reserve(all.size());
  for (const auto& [key, value] : all)
    rows.emplace_back(key, &value);
  std::ranges::sort(rows, [&](const auto& one, const auto& other) {
    const std::uint64_t left = count(*one.second);
    const std::uint64_t right = count(*other.second);
    return left != right ? left > right : one.first < other.first;
  });
  return rows;
}

constexpr auto itself = [](std::uint64_t number) { return number; };
constexpr auto connections_of = [](const auto& counted) { return counted.connections; };

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void MismatchReport::add(std::string_view line) {
  if (line.empty()) return;
  const json entry = json::parse(line, nullptr, false);
  if (!entry.is_object()) {
    ++unreadable_;
    return;
  }
  if (text_of(entry, "event") != "connection") return;
  ++connections_;
  Listener& listener = place(listeners_, text_of(entry, "listener"));
  ++listener.connections;
  const auto flag = entry.find("would_reject");
  if (flag == entry.end() || !flag->is_boolean() || !flag->get<bool>()) return;
  ++would_reject_;
  ++listener.would_reject;
  Offer& offer = place(listener.offers, offer_of(entry));
  ++offer.connections;
  ++place(offer.clients, text_of(entry, "ja4"));
}

std::string MismatchReport::to_text() const {
  std::string text;
  for (const auto& [name, listener] : listeners_) {
    text +=
        fmt::format("listener {}: {} of {} connections would be refused ({:.2f} %)\n", printable(name),
                    listener.would_reject, listener.connections, share(listener.would_reject, listener.connections));
    for (const auto& [names, offer] : sorted(listener.offers, connections_of)) {
      text += fmt::format("  {:>9}  {}\n", offer->connections, printable(names));
      for (const auto& [fingerprint, count] : sorted(offer->clients, itself)) {
        text += fmt::format("  {:>9}    {}\n", *count, fingerprint.empty() ? "(no JA4)" : printable(fingerprint));
      }
    }
  }
  if (connections_ == 0) text = "no connections in the log\n";
  if (unreadable_ != 0) text += fmt::format("{} lines are no JSON and were passed over\n", unreadable_);
  return text;
}

ordered_json MismatchReport::to_json() const {
  ordered_json report = {{"connections", connections_},
                         {"would_reject", would_reject_},
                         {"unreadable_lines", unreadable_},
                         {"listeners", ordered_json::array()}};
  for (const auto& [name, listener] : listeners_) {
    ordered_json offers = ordered_json::array();
    for (const auto& [names, offer] : sorted(listener.offers, connections_of)) {
      ordered_json clients = ordered_json::array();
      for (const auto& [fingerprint, count] : sorted(offer->clients, itself))
        clients.push_back({{"ja4", fingerprint}, {"connections", *count}});
      offers.push_back({{"offered", names}, {"connections", offer->connections}, {"clients", std::move(clients)}});
    }
    report["listeners"].push_back({{"listener", name},
                                   {"connections", listener.connections},
                                   {"would_reject", listener.would_reject},
                                   {"offers", std::move(offers)}});
  }
  return report;
}

}  // namespace simplon::cli
