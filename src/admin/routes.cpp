// /api/routes
#include "admin/api.hpp"
#include "admin/json.hpp"

#include <map>

namespace simplon::admin {

namespace {

std::string_view name_of(route::MatchKind kind) {
  switch (kind) {
    case route::MatchKind::only:
      return "only";
    case route::MatchKind::first:
      return "first";
    case route::MatchKind::all:
      return "all";
    case route::MatchKind::any:
      break;
  }
  return "any";
}

// As the configuration writes it, always as a table.
Json match_of(const route::Match& match) {
  Json names = Json::array();
  for (const ProtocolId& id : match.names)
    names.push_back(to_text(id));
  if (match.none) names.push_back("none");
  if (match.every) names.push_back("*");
  return {{name_of(match.kind), std::move(names)}};
}

Json min_tls_of(route::TlsVersion version) {
  if (version == route::TlsVersion::none) return {};
  return version == route::TlsVersion::tls_1_3 ? "1.3" : "1.2";
}

Json send_proxy_of(const std::optional<config::ProxyVersion>& version) {
  if (!version) return {};
  return *version == config::ProxyVersion::v1 ? "v1" : "v2";
}

Json listeners_of(const route::RouteSpec& spec, const config::Config& config) {
  Json names = Json::array();
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const bool named = spec.listeners.empty() || std::ranges::find(spec.listeners, i) != spec.listeners.end();
    if (named && !config.listeners[i].redirect) names.push_back(config.listeners[i].name);
  }
  return names;
}

// What failed with it, by the label that metrics have for it: one backend may serve several routes.
std::uint64_t errors_of(const record::Counters& counters, std::string_view backend) {
  const auto number = counters.labels->backend(backend);
  return number ? counters.backend_errors[*number].value() : 0;
}

Json backends_of(const net::BackendGroup* group, const record::Counters& counters) {
  Json list = Json::array();
  for (std::size_t i = 0; group != nullptr && i < group->size(); ++i) {
    const net::Backend& backend = group->backend(i);
    const net::BackendGroup::Health health = group->health(i);
    const bool aside = health.aside.count() > 0;
    list.push_back({{"address", backend.text},
                    {"health", aside ? "set aside" : "up"},
                    {"failures", health.failures},
                    {"retry_ms", aside ? Json(health.aside.count()) : Json()},
                    {"errors", errors_of(counters, backend.text)}});
  }
  return list;
}

}  // namespace

std::string routes_json(const Watched& watched) {
  const Counted counted = watched.count();
  const auto& snapshot = counted.snapshot;
  const config::Config& config = snapshot->config();
  Json routes = Json::array();
  for (std::uint32_t i = 0; i < config.routes.size(); ++i) {
    const config::Route& route = config.routes[i];
    const route::RouteSpec& spec = config.table.routes()[i];
    const auto* const tls = std::get_if<config::Tls>(&route.action);
    routes.push_back({{"route", route.number},
                      {"listeners", listeners_of(spec, config)},
                      {"sni", spec.server_names.empty() ? Json::array({"*"}) : Json(spec.server_names)},
                      {"alpn", match_of(spec.match)},
                      {"min_tls", min_tls_of(route.min_tls)},
                      {"action", config::name_of(route.action)},
                      {"mirror", tls != nullptr && tls->mirror},
                      {"send_proxy", send_proxy_of(route.send_proxy)},
                      {"client_certificate", !route.policy.client_authorities.empty()},
                      {"backends", backends_of(snapshot->backends(i).get(), *counted.counters)}});
  }
  return dump({{"routes", std::move(routes)}}) + "\n";
}

}  // namespace simplon::admin
