#include "route/route_table.hpp"

#include "route/compiled.hpp"
#include "simplon/hello/server_name.hpp"

#include <algorithm>
#include <utility>

namespace simplon::route {

namespace {

constexpr std::string_view wildcard_prefix = "*.";

bool is_valid_server_name(std::string_view name) {
  if (name == "*") return true;
  if (name.starts_with(wildcard_prefix)) name.remove_prefix(wildcard_prefix.size());
  const auto normal = ServerName::from(as_bytes(name));
  return normal && normal->text() == name;
}

std::optional<TableError> find_fault(const RouteSpec& route, std::uint32_t index) {
  using Code = TableError::Code;
  for (const std::string& name : route.server_names) {
    if (!is_valid_server_name(name)) return TableError{Code::invalid_server_name, index, name};
  }
  const Match& match = route.match;
  if (match.names.empty() && !match.none && !match.every) return TableError{Code::empty_match, index, {}};
  for (const ProtocolId& id : match.names) {
    if (is_grease(id)) return TableError{Code::grease_name, index, to_text(id)};
    if (terminates(route.role) && id.view() == protocol::h2c) {
      return TableError{Code::h2c_selected, index, to_text(id)};
    }
    if (match.kind == MatchKind::all && id.view() == protocol::acme_tls_1) {
      return TableError{Code::acme_in_all, index, to_text(id)};
    }
  }
  return std::nullopt;
}

bool listens_on(const RouteSpec& route, std::uint32_t listener) {
  return route.listeners.empty() || std::ranges::find(route.listeners, listener) != route.listeners.end();
}

Filter filter_of(const CompiledRoute& route) {
  Filter filter;
  if (route.every) filter |= every_bit;
  if (route.none) filter |= none_bit;
  for (const std::uint32_t protocol : route.protocols)
    filter |= protocol_bit(protocol);
  return filter;
}

void append(Bucket& bucket, std::uint32_t route, Filter filter) {
  // A route that names a server twice stands once.
  if (!bucket.routes.empty() && bucket.routes.back() == route) return;
  bucket.routes.push_back(route);
  bucket.filters.push_back(filter);
}

Bucket& bucket_of(NameIndex& index, std::vector<Bucket>& buckets, std::string_view name) {
  const std::uint32_t number = index.insert(name);
  if (number == buckets.size()) buckets.emplace_back();
  return buckets[number];
}

void add_route(ServerNames& names, const RouteSpec& spec, std::uint32_t route, Filter filter) {
  if (spec.server_names.empty()) append(names.any, route, filter);
  for (const std::string_view name : spec.server_names) {
    if (name == "*") {
      append(names.any, route, filter);
    } else if (name.starts_with(wildcard_prefix)) {
      append(bucket_of(names.wildcard_parents, names.wildcard_buckets, name.substr(wildcard_prefix.size())), route,
             filter);
    } else {
      append(bucket_of(names.exact, names.exact_buckets, name), route, filter);
    }
  }
}

}  // namespace

std::expected<RouteTable, TableError> RouteTable::build(std::vector<ListenerSpec> listeners,
                                                        std::vector<RouteSpec> routes) {
  auto table = std::make_unique<Compiled>();
  table->listeners = std::move(listeners);
  table->specs = std::move(routes);
  table->server_names.resize(table->listeners.size());
  std::vector<bool> takes_none(table->listeners.size());

  for (std::uint32_t index = 0; index < table->specs.size(); ++index) {
    const RouteSpec& spec = table->specs[index];
    if (auto fault = find_fault(spec, index)) return std::unexpected(std::move(*fault));
    std::vector<std::uint32_t> protocols;
    for (const ProtocolId& id : spec.match.names) {
      protocols.push_back(table->protocols.insert(id.view().bytes()));
    }
    const CompiledRoute route{.protocols = *table->lists.insert(std::move(protocols)).first,
                              .min_tls = spec.min_tls,
                              .role = spec.role,
                              .kind = spec.match.kind,
                              .none = spec.match.none,
                              .every = spec.match.every};
    if (table->protocols.size() > max_protocols) {
      return std::unexpected(TableError{TableError::Code::too_many_protocols, index, {}});
    }
    const Filter filter = filter_of(route);
    for (std::uint32_t listener = 0; listener < table->listeners.size(); ++listener) {
      if (!listens_on(spec, listener)) continue;
      add_route(table->server_names[listener], spec, index, filter);
      if (spec.match.none) takes_none[listener] = true;
    }
    table->routes.push_back(route);
  }
  for (std::uint32_t listener = 0; listener < table->listeners.size(); ++listener) {
    if (table->listeners[listener].mismatch != Mismatch::reject && !takes_none[listener]) {
      return std::unexpected(
          TableError{TableError::Code::no_route_for_none, listener, table->listeners[listener].name});
    }
  }
  table->h2 = table->protocols.find(protocol::h2.bytes());
  table->acme = table->protocols.find(protocol::acme_tls_1.bytes());
  return RouteTable(std::move(table));
}

RouteTable::RouteTable(std::unique_ptr<Compiled> compiled) noexcept : compiled_(std::move(compiled)) {}
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;
RouteTable::~RouteTable() = default;

const std::vector<ListenerSpec>& RouteTable::listeners() const noexcept { return compiled_->listeners; }
const std::vector<RouteSpec>& RouteTable::routes() const noexcept { return compiled_->specs; }

Candidates find_candidates(const RouteTable::Compiled& table, std::uint32_t listener,
                           std::optional<std::string_view> server_name) noexcept {
  Candidates found;
  const auto add = [&found](const Bucket& bucket) {
    if (!bucket.routes.empty()) found.buckets[found.count++] = &bucket;
  };
  const ServerNames& names = table.server_names[listener];
  if (server_name) {
    if (const auto number = names.exact.find(*server_name)) add(names.exact_buckets[*number]);
    const std::size_t dot = server_name->find('.');
    if (dot != std::string_view::npos) {
      if (const auto number = names.wildcard_parents.find(server_name->substr(dot + 1))) {
        add(names.wildcard_buckets[*number]);
      }
    }
  }
  add(names.any);
  return found;
}

std::string describe(const TableError& error) {
  switch (error.code) {
    case TableError::Code::invalid_server_name:
      return "\"" + error.detail +
             "\" is no server name: write a host name in lower-case A-labels (xn--… for other scripts), "
             "\"*.parent.example\" for one label, or \"*\"";
    case TableError::Code::empty_match:
      return "alpn names no protocol: give a name, \"none\" for clients without ALPN, or \"*\" for every client";
    case TableError::Code::grease_name:
      return "\"" + error.detail + "\" is a GREASE name (RFC 8701), which is never selected: remove it";
    case TableError::Code::h2c_selected:
      return "\"h2c\" is never selected inside TLS (RFC 9113 §3.2): write \"h2\"";
    case TableError::Code::acme_in_all:
      return "\"acme-tls/1\" is only ever offered alone (RFC 8737 §3), so an \"all\" match with it never holds: "
             "use { only = \"acme-tls/1\" }";
    case TableError::Code::too_many_protocols:
      return "more than " + std::to_string(RouteTable::max_protocols) + " distinct protocol names in all routes";
    case TableError::Code::no_route_for_none:
      return "listener \"" + error.detail +
             "\" lets mismatches through, but no route of it takes \"none\": add \"none\" to a route's alpn, or set "
             "mismatch = \"reject\"";
  }
  return "invalid route table";
}

}  // namespace simplon::route
