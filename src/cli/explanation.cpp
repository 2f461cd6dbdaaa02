#include "cli/explanation.hpp"

#include "cli/terminal.hpp"
#include "record/reason.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using nlohmann::ordered_json;
using route::Fate;
using route::Refusal;

std::string_view section_of(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::no_common_protocol:
    case Refusal::no_alpn_offered:
    case Refusal::reject_route:
      return "RFC 7301 §3.2";
    case Refusal::tls_version:
      return "RFC 8446 §6.2";
    case Refusal::unknown_server_name:
      return "RFC 6066 §3";
    case Refusal::missing_server_name:
      return "RFC 8446 §9.2";
  }
  return "";
}

std::string_view name_of(Fate fate) noexcept {
  switch (fate) {
#define SIMPLON_NAME(name) \
  case Fate::name:         \
    return #name
    SIMPLON_NAME(wins);
    SIMPLON_NAME(after_winner);
    SIMPLON_NAME(other_listener);
    SIMPLON_NAME(other_name);
    SIMPLON_NAME(no_server_name);
    SIMPLON_NAME(tls_too_old);
    SIMPLON_NAME(h2_forbidden);
    SIMPLON_NAME(wants_offer);
    SIMPLON_NAME(wants_no_offer);
    SIMPLON_NAME(none_in_common);
    SIMPLON_NAME(not_alone);
    SIMPLON_NAME(not_first);
    SIMPLON_NAME(not_all);
    SIMPLON_NAME(acme_not_alone);
#undef SIMPLON_NAME
  }
  return "";
}

bool delegates(const Explained& explained, std::uint32_t index) {
  const route::Role role = explained.config.table.routes()[index].role;
  return role == route::Role::delegate || role == route::Role::mirror;
}

// What the winner selects, as a sentence about the connection.
std::string selection_of(const Explained& explained, std::uint32_t winner) {
  const route::Decision& decision = explained.explanation.decision;
  if (delegates(explained, winner)) return "the backend selects the protocol";
  if (decision.selected) return fmt::format("{} is selected", simplon::to_text(*decision.selected));
  const config::Action& action = explained.config.routes[winner].action;
  const bool speaks_http =
      std::holds_alternative<config::Http>(action) || std::holds_alternative<config::Inspect>(action);
  return fmt::format("no protocol is selected, so the handshake completes without an ALPN answer{}",
                     speaks_http ? " and http/1.1 is spoken" : "");
}

std::string answer_of(const Explained& explained) {
  const route::Decision& decision = explained.explanation.decision;
  if (decision.refusal) {
    const Alert alert = alert_of(*decision.refusal);
    return fmt::format("{} with fatal alert {} ({}), {}\nreason    {}: {}\n", paint(stdout, Tone::bad, "refused"),
                       static_cast<unsigned>(alert), name_of(alert), section_of(*decision.refusal),
                       record::name_of(record::reason_of(*decision.refusal)), describe(*decision.refusal));
  }
  const config::Route& route = explained.config.routes[*decision.route];
  std::string text =
      fmt::format("{} wins ({}, {}); {}\n", paint(stdout, Tone::good, fmt::format("route {}", route.number)),
                  name_of(route.action), to_text(route.position), selection_of(explained, *decision.route));
  if (decision.mismatch) {
    text += fmt::format("mismatch  the offer has nothing in common with the routes; the listener lets it through{}\n",
                        decision.would_reject ? " and logs it as would_reject" : "");
  }
  return text;
}

// A route's fate with what it selects or would select.
std::string fate_of(const Explained& explained, std::uint32_t index) {
  const route::RouteFate& fate = explained.explanation.routes[index];
  std::string text(describe(fate.fate));
  if (fate.selected && fate.fate == Fate::wins) text += fmt::format(", selecting {}", simplon::to_text(*fate.selected));
  if (fate.selected && fate.fate == Fate::after_winner) {
    text += fmt::format(" (it would select {})", simplon::to_text(*fate.selected));
  }
  return text;
}

ordered_json json_of(std::optional<ProtocolIdView> id) {
  if (!id) return nullptr;
  return simplon::to_text(*id);
}

ordered_json refusal_json(const route::Decision& decision) {
  if (!decision.refusal) return nullptr;
  const Alert alert = alert_of(*decision.refusal);
  return {{"reason", record::name_of(record::reason_of(*decision.refusal))},
          {"description", describe(*decision.refusal)},
          {"alert", static_cast<unsigned>(alert)},
          {"alert_name", name_of(alert)},
          {"section", section_of(*decision.refusal)}};
}

ordered_json routes_json(const Explained& explained) {
  ordered_json routes = ordered_json::array();
  for (std::uint32_t i = 0; i < explained.config.routes.size(); ++i) {
    const config::Route& route = explained.config.routes[i];
    const route::RouteFate& fate = explained.explanation.routes[i];
    routes.push_back({{"route", route.number},
                      {"action", name_of(route.action)},
                      {"position", to_text(route.position)},
                      {"fate", name_of(fate.fate)},
                      {"description", describe(fate.fate)},
                      {"selected", json_of(fate.selected)}});
  }
  return routes;
}

}  // namespace

std::string to_text(const Explained& explained) {
  std::string text =
      fmt::format("listener  {} ({})\n", printable(explained.listener.name), explained.listener.address.text);
  text += fmt::format("sni       {}\n", explained.server_name.value_or("none sent"));
  if (explained.unusable_server_name) {
    text += fmt::format("          \"{}\" is no host name, so it counts as none (RFC 6066 §3)\n",
                        printable(*explained.unusable_server_name));
  }
  text += fmt::format("alpn      {}\n",
                      explained.offered ? fmt::format("{}", fmt::join(*explained.offered, ",")) : "no ALPN extension");
  text += fmt::format("tls       {}\n", explained.tls);
  text += fmt::format("answer    {}\n", answer_of(explained));

  std::size_t number_width = 1;
  std::size_t action_width = 1;
  std::size_t position_width = 1;
  for (const config::Route& route : explained.config.routes) {
    number_width = std::max(number_width, fmt::formatted_size("{}", route.number));
    action_width = std::max(action_width, name_of(route.action).size());
    position_width = std::max(position_width, to_text(route.position).size());
  }
  for (std::uint32_t i = 0; i < explained.config.routes.size(); ++i) {
    const config::Route& route = explained.config.routes[i];
    const bool wins = explained.explanation.routes[i].fate == Fate::wins;
    const std::string line = fmt::format("{} {:>{}}  {:<{}}  {:<{}}  {}", wins ? '*' : ' ', route.number, number_width,
                                         name_of(route.action), action_width, to_text(route.position), position_width,
                                         fate_of(explained, i));
    text += wins ? paint(stdout, Tone::heading, line) : line;
    text += '\n';
  }
  return text;
}

ordered_json to_json(const Explained& explained) {
  const route::Decision& decision = explained.explanation.decision;
  ordered_json json;
  json["listener"] = explained.listener.name;
  json["sni"] = explained.server_name ? ordered_json(*explained.server_name) : ordered_json();
  json["offered"] = explained.offered ? ordered_json(*explained.offered) : ordered_json();
  json["tls"] = explained.tls;
  json["route"] = nullptr;
  json["action"] = nullptr;
  if (decision.route) {
    json["route"] = explained.config.routes[*decision.route].number;
    json["action"] = name_of(explained.config.routes[*decision.route].action);
  }
  json["selected"] = json_of(decision.selected);
  json["mismatch"] = decision.mismatch;
  json["would_reject"] = decision.would_reject;
  json["refusal"] = refusal_json(decision);
  json["routes"] = routes_json(explained);
  return json;
}

}  // namespace simplon::cli
