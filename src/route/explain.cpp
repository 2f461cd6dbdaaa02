#include "route/explain.hpp"

#include "route/evaluate.hpp"

#include <algorithm>

namespace simplon::route {

namespace {

bool fits(std::string_view pattern, std::optional<std::string_view> server_name) {
  if (pattern == "*") return true;
  if (!server_name) return false;
  if (!pattern.starts_with("*.")) return pattern == *server_name;
  const std::size_t dot = server_name->find('.');
  return dot != std::string_view::npos && server_name->substr(dot) == pattern.substr(1);
}

std::optional<Fate> find_exclusion(const RouteSpec& route, const Request& request) {
  if (!route.listeners.empty() && std::ranges::find(route.listeners, request.listener) == route.listeners.end()) {
    return Fate::other_listener;
  }
  if (route.server_names.empty()) return std::nullopt;
  const auto fits_request = [&](const std::string& name) { return fits(name, request.server_name); };
  if (std::ranges::any_of(route.server_names, fits_request)) return std::nullopt;
  return request.server_name ? Fate::other_name : Fate::no_server_name;
}

}  // namespace

Explanation explain(const RouteTable& table, const Request& request) {
  const RouteTable::Compiled& compiled = table.compiled();
  OfferIndex offer;
  const Evaluation evaluation = begin_evaluation(compiled, request, offer);

  Explanation explanation{.decision = decide(table, request), .routes = {}};
  for (std::uint32_t index = 0; index < compiled.specs.size(); ++index) {
    RouteFate route{.fate = Fate::wins, .selected = std::nullopt};
    if (const auto exclusion = find_exclusion(compiled.specs[index], request)) {
      route.fate = *exclusion;
    } else if (explanation.decision.route == index) {
      route.selected = explanation.decision.selected;
    } else {
      const Verdict verdict = evaluate(evaluation, compiled.routes[index]);
      route.fate = verdict.fate == Fate::wins ? Fate::after_winner : verdict.fate;
      if (verdict.protocol && compiled.routes[index].role == Role::select) {
        route.selected = compiled.protocol(*verdict.protocol);
      }
    }
    explanation.routes.push_back(route);
  }
  return explanation;
}

std::string_view describe(Fate fate) noexcept {
  switch (fate) {
    case Fate::wins:
      return "wins";
    case Fate::after_winner:
      return "would match too, but another route comes first";
    case Fate::other_listener:
      return "belongs to another listener";
    case Fate::other_name:
      return "its server names do not fit";
    case Fate::no_server_name:
      return "wants a server name, and the client sends none";
    case Fate::tls_too_old:
      return "wants a higher TLS version";
    case Fate::h2_forbidden:
      return "h2 needs TLS 1.2 with a cipher suite outside RFC 9113 Appendix A, or TLS 1.3";
    case Fate::wants_offer:
      return "wants an ALPN offer, and the client sends none";
    case Fate::wants_no_offer:
      return "takes only clients that send no ALPN extension";
    case Fate::none_in_common:
      return "no protocol in common";
    case Fate::not_alone:
      return "wants one of its protocols offered alone";
    case Fate::not_first:
      return "wants one of its protocols offered first";
    case Fate::not_all:
      return "wants all of its protocols offered";
    case Fate::acme_not_alone:
      return "acme-tls/1 counts only when offered alone (RFC 8737 §3)";
  }
  return "";
}

std::string_view describe(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::no_common_protocol:
      return "no route takes any protocol that the client offers";
    case Refusal::no_alpn_offered:
      return "the client sends no ALPN extension, and no route takes \"none\"";
    case Refusal::tls_version:
      return "every fitting route wants a higher TLS version";
    case Refusal::unknown_server_name:
      return "no route of the listener fits the server name";
    case Refusal::missing_server_name:
      return "the client sends no server name, and every route wants one";
    case Refusal::reject_route:
      return "the route that wins refuses";
  }
  return "";
}

}  // namespace simplon::route
