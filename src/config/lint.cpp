#include "config/lint.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace simplon::config {

namespace {

using route::Match;
using route::MatchKind;
using route::RouteSpec;

constexpr std::string_view any_name = "*";

bool takes_any_name(const RouteSpec& route) {
  return route.server_names.empty() || std::ranges::find(route.server_names, any_name) != route.server_names.end();
}

// The wildcard that covers `name`; a wildcard covers itself.
std::string wildcard_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string() : fmt::format("*{}", name.substr(dot));
}

// Every client whose server name fits `other` fits `route` as well.
bool covers_names(const RouteSpec& route, const RouteSpec& other) {
  if (takes_any_name(route)) return true;
  if (takes_any_name(other)) return false;
  return std::ranges::all_of(other.server_names, [&](const std::string& name) {
    return std::ranges::find(route.server_names, name) != route.server_names.end() ||
           std::ranges::find(route.server_names, wildcard_of(name)) != route.server_names.end();
  });
}

bool on_listener(const RouteSpec& route, std::uint32_t listener) {
  return route.listeners.empty() || std::ranges::find(route.listeners, listener) != route.listeners.end();
}

bool has_name(const Match& match, ProtocolIdView name) {
  return std::ranges::any_of(match.names, [&](const ProtocolId& each) { return each.view() == name; });
}

bool has_names(const Match& match, const std::vector<ProtocolId>& names) {
  return std::ranges::all_of(names, [&](const ProtocolId& name) { return has_name(match, name); });
}

// With one name, `all` asks what `any` asks.
MatchKind kind_of(const Match& match) {
  return match.kind == MatchKind::all && match.names.size() == 1 ? MatchKind::any : match.kind;
}

// A `route` of kind `any` wins whenever `other`, of kind `all`, would.
bool any_covers_all(const RouteSpec& route, const RouteSpec& other, bool client_order) {
  // Where the client's order decides, `other` may win by the one name that it would select.
  if (client_order) return has_name(route.match, other.match.names.front());
  // h2 may be forbidden on the connection (RFC 9113 §9.2.2), so it proves nothing.
  return std::ranges::any_of(other.match.names, [&](const ProtocolId& name) {
    return has_name(route.match, name) && (!route::terminates(route.role) || name.view() != protocol::h2);
  });
}

// Every offer by which `other` would win lets `route`, which stands before it, win.
bool covers_match(const RouteSpec& route, const RouteSpec& other, bool client_order) {
  const Match& match = route.match;
  const Match& names = other.match;
  // Where the client's order decides, "*" is tried after every route that has a name to select.
  // A mirroring one leaves offers of which nothing can be passed on.
  if (match.every && route.role == route::Role::mirror && names.every) return other.role == route::Role::mirror;
  if (match.every) return names.names.empty() || !client_order;
  if (names.every || (names.none && !match.none)) return false;
  if (names.names.empty()) return true;
  // Only a route that terminates is skipped where h2 is forbidden; one that delegates then takes what it left.
  if (route::terminates(route.role) && !route::terminates(other.role) && has_name(match, protocol::h2)) {
    return false;
  }
  switch (kind_of(match)) {
    case MatchKind::any:
      if (kind_of(names) == MatchKind::all) return any_covers_all(route, other, client_order);
      return has_names(match, names.names);
    case MatchKind::first:
      return (names.kind == MatchKind::first || names.kind == MatchKind::only) && has_names(match, names.names);
    case MatchKind::only:
      return names.kind == MatchKind::only && has_names(match, names.names);
    case MatchKind::all:
      return names.kind == MatchKind::all && has_names(names, match.names) &&
             match.names.front() == names.names.front();
  }
  return false;
}

// Browsers come to it. What is behind h2c is often gRPC, which has no use for clients of http/1.1.
bool wants_fallback(const Action& action) {
  const auto* const http = std::get_if<Http>(&action);
  return std::holds_alternative<Inspect>(action) || (http != nullptr && !http->h2c);
}

// Routes by server name, so that 10,000 of them are not compared each with each.
class RoutesByName {
 public:
  explicit RoutesByName(const std::vector<RouteDraft>& routes) {
    for (std::uint32_t i = 0; i < routes.size(); ++i) {
      if (takes_any_name(routes[i].spec)) {
        routes_[std::string(any_name)].push_back(i);
        continue;
      }
      for (const std::string& name : routes[i].spec.server_names)
        routes_[name].push_back(i);
    }
  }

  // The first route, by index, that could take all names of `route` and for which `fits` holds.
  template <typename Fits>
  std::optional<std::uint32_t> find(const RouteSpec& route, Fits fits) const {
    std::vector<std::string> names{std::string(any_name)};
    if (!takes_any_name(route)) {
      names.push_back(route.server_names.front());
      if (const std::string wildcard = wildcard_of(names.back()); wildcard != names.back()) names.push_back(wildcard);
    }
    std::optional<std::uint32_t> best;
    for (const std::string& name : names) {
      const auto found = routes_.find(name);
      if (found == routes_.end()) continue;
      const auto fitting = std::ranges::find_if(found->second, fits);
      if (fitting != found->second.end()) best = best ? std::min(*best, *fitting) : *fitting;
    }
    return best;
  }

 private:
  std::unordered_map<std::string, std::vector<std::uint32_t>> routes_;
};

class Linter {
 public:
  Linter(const std::vector<ListenerDraft>& listeners, const std::vector<RouteDraft>& routes)
      : listeners_(listeners), routes_(routes), by_name_(routes) {}

  std::vector<Problem> run() {
    for (std::uint32_t i = 0; i < routes_.size(); ++i) {
      check_reachable(i);
      check_lenient(i);
      check_fallback(i);
    }
    return std::move(warnings_);
  }

 private:
  void warn(const Position& position, std::string message) {
    warnings_.push_back({.position = position, .message = std::move(message)});
  }

  // Every listener of `other` is one of `route`.
  bool covers_listeners(const RouteSpec& route, const RouteSpec& other) const {
    for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
      if (on_listener(other, i) && !on_listener(route, i)) return false;
    }
    return true;
  }

  bool client_order(const RouteSpec& route) const {
    for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
      if (on_listener(route, i) && listeners_[i].listener.order == Order::client) return true;
    }
    return false;
  }

  void check_reachable(std::uint32_t index) {
    const RouteSpec& route = routes_[index].spec;
    const bool by_client = client_order(route);
    const auto winner = by_name_.find(route, [&](std::uint32_t i) {
      const RouteSpec& earlier = routes_[i].spec;
      return i < index && earlier.min_tls <= route.min_tls && covers_names(earlier, route) &&
             covers_listeners(earlier, route) && covers_match(earlier, route, by_client);
    });
    if (!winner) return;
    warn(routes_[index].route.position,
         fmt::format("route {} can never win: route {} at {} takes all that it would match; put it before that one",
                     index + 1, *winner + 1, to_text(routes_[*winner].route.position)));
  }

  void check_lenient(std::uint32_t index) {
    const RouteDraft& route = routes_[index];
    const bool relays =
        std::holds_alternative<Tcp>(route.route.action) || std::holds_alternative<Tls>(route.route.action);
    if (!relays || route.spec.role != route::Role::select || !route.spec.match.every) return;
    warn(route.alpn_position,
         fmt::format("route {} takes any offer and answers none, so client and backend may come to speak different "
                     "protocols: name those that the backend speaks, such as alpn = [\"mqtt\", \"none\"]",
                     index + 1));
  }

  void check_fallback(std::uint32_t index) {
    const RouteDraft& route = routes_[index];
    if (!wants_fallback(route.route.action)) return;
    if (!has_name(route.spec.match, protocol::h2) || has_name(route.spec.match, protocol::http_1_1)) return;
    const auto fallback = by_name_.find(route.spec, [&](std::uint32_t i) {
      const RouteSpec& other = routes_[i].spec;
      return (other.match.every || has_name(other.match, protocol::http_1_1)) && covers_names(other, route.spec) &&
             covers_listeners(other, route.spec);
    });
    if (fallback) return;
    warn(route.alpn_position,
         fmt::format("route {} has h2 but no http/1.1, and no other route takes clients that speak only that: add "
                     "\"http/1.1\"",
                     index + 1));
  }

  const std::vector<ListenerDraft>& listeners_;
  const std::vector<RouteDraft>& routes_;
  RoutesByName by_name_;
  std::vector<Problem> warnings_;
};

}  // namespace

std::vector<Problem> lint(const std::vector<ListenerDraft>& listeners, const std::vector<RouteDraft>& routes) {
  return Linter(listeners, routes).run();
}

}  // namespace simplon::config
