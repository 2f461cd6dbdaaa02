#include "route/serves.hpp"

#include <algorithm>

namespace simplon::route {

namespace {

bool fits(const std::string& pattern, std::string_view name) noexcept {
  if (pattern == "*" || pattern == name) return true;
  const std::size_t dot = name.find('.');
  // A wildcard stands for one label (RFC 6125 §6.4.3).
  return pattern.starts_with("*.") && dot != std::string_view::npos &&
         name.substr(dot) == std::string_view(pattern).substr(1);
}

bool fits(const RouteSpec& route, std::uint32_t listener, std::optional<std::string_view> name) noexcept {
  if (!route.listeners.empty() && std::ranges::find(route.listeners, listener) == route.listeners.end()) return false;
  if (route.server_names.empty()) return true;
  return std::ranges::any_of(route.server_names,
                             [&](const std::string& pattern) { return name ? fits(pattern, *name) : pattern == "*"; });
}

bool takes(const Match& match, std::optional<ProtocolIdView> selected) noexcept {
  if (match.every) return true;
  if (!selected) return match.none;
  return std::ranges::any_of(match.names, [&](const ProtocolId& id) { return id.view() == *selected; });
}

}  // namespace

bool serves(const RouteTable& table, std::uint32_t listener, std::uint32_t route,
            std::optional<std::string_view> server_name, std::optional<ProtocolIdView> selected) noexcept {
  const std::vector<RouteSpec>& routes = table.routes();
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    if (fits(routes[i], listener, server_name) && (takes(routes[i].match, selected) || i == route)) return i == route;
  }
  return false;
}

}  // namespace simplon::route
