// [[route]]
#include "config/read.hpp"
#include "config/server_names.hpp"
#include "config/spelling.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace simplon::config {

namespace {

constexpr std::array<Choice<ActionKey>, 7> actions = {{{"pass", ActionKey::pass},
                                                       {"tcp", ActionKey::tcp},
                                                       {"tls", ActionKey::tls},
                                                       {"http", ActionKey::http},
                                                       {"inspect", ActionKey::inspect},
                                                       {"acme_dir", ActionKey::acme_dir},
                                                       {"reject", ActionKey::reject}}};

// The route's one action, or nothing once it was reported that there is none or another.
std::optional<ActionKey> find_action(const TableReader& reader) {
  std::vector<std::pair<Position, Choice<ActionKey>>> found;
  for (const auto& action : actions) {
    if (reader.has(action.word)) found.emplace_back(reader.key_position(action.word), action);
  }
  std::ranges::sort(found, {}, [](const auto& each) { return std::pair(each.first.line, each.first.column); });
  if (found.empty()) {
    reader.source().report(reader.position(),
                           "a route needs one action: `pass`, `tcp`, `tls`, `http`, `inspect`, `acme_dir` or `reject`");
    return std::nullopt;
  }
  for (std::size_t i = 1; i < found.size(); ++i) {
    reader.source().report(found[i].first, fmt::format("a route has one action, and `{}` is one already: make `{}` a "
                                                       "route of its own",
                                                       found.front().second.word, found[i].second.word));
  }
  if (found.size() > 1) return std::nullopt;
  return found.front().second.value;
}

// Adds `backend`, which `text` writes, or reports that it is there already.
void add_backend(Source& source, const Text& text, Backend backend, std::vector<Backend>& backends) {
  if (std::ranges::find(backends, backend.address, &Backend::address) != backends.end()) {
    source.report(text.position, fmt::format("backend {} is listed twice", quote(text.text)));
  } else {
    backends.push_back(std::move(backend));
  }
}

}  // namespace

std::optional<std::vector<Backend>> read_backends(TableReader& reader, std::string_view key) {
  const auto texts = reader.strings(key);
  if (!texts) return std::nullopt;
  std::vector<Backend> backends;
  for (const Text& text : *texts) {
    if (auto backend = parse_backend(text.text, reader.source().folder)) {
      add_backend(reader.source(), text, std::move(*backend), backends);
    } else {
      reader.source().report(text.position, backend.error());
    }
  }
  if (backends.size() != texts->size()) return std::nullopt;
  return backends;
}

namespace {

std::optional<Http> read_http(TableReader& reader) {
  const auto texts = reader.strings("http");
  if (!texts) return std::nullopt;
  std::optional<bool> h2c;
  Http http;
  for (const Text& text : *texts) {
    auto url = parse_backend_url(text.text, reader.source().folder);
    if (!url) {
      reader.source().report(text.position, url.error());
      continue;
    }
    if (h2c.value_or(url->h2c) != url->h2c) {
      reader.source().report(text.position, fmt::format("{} speaks another HTTP than the backends before it: give the "
                                                        "route http:// URLs or h2c:// URLs, not both",
                                                        quote(text.text)));
      continue;
    }
    h2c = url->h2c;
    add_backend(reader.source(), text, std::move(url->backend), http.backends);
  }
  if (http.backends.size() != texts->size()) return std::nullopt;
  http.h2c = *h2c;
  return http;
}

// A key that only says yes.
bool read_yes(TableReader& reader, std::string_view key) {
  const auto yes = reader.boolean(key);
  if (yes && !*yes) {
    reader.source().report(reader.value_position(key), fmt::format("`{}` must be true, or be left out", key));
  }
  return yes.value_or(false);
}

// The action that `key` says; nothing where it is wrong or of a later version, which has been reported then.
std::optional<Action> read_action(TableReader& reader, ActionKey key) {
  switch (key) {
    case ActionKey::pass:
      if (auto backends = read_backends(reader, "pass")) return Pass{.backends = std::move(*backends)};
      return std::nullopt;
    case ActionKey::tcp:
      if (auto backends = read_backends(reader, "tcp")) return Tcp{.backends = std::move(*backends)};
      return std::nullopt;
    case ActionKey::inspect:
      if (read_yes(reader, "inspect")) return Inspect{};
      return std::nullopt;
    case ActionKey::reject:
      if (read_yes(reader, "reject")) return Reject{};
      return std::nullopt;
    case ActionKey::tls:
      if (auto tls = read_tls(reader)) return std::move(*tls);
      return std::nullopt;
    case ActionKey::http:
      if (auto http = read_http(reader)) return std::move(*http);
      return std::nullopt;
    case ActionKey::acme_dir:
      if (auto folder = reader.path("acme_dir")) return Acme{.folder = std::move(*folder)};
      return std::nullopt;
  }
  return std::nullopt;
}

// Reports `key` on a route whose action it does not go with.
bool goes_with(TableReader& reader, std::string_view key, std::optional<ActionKey> action,
               std::initializer_list<ActionKey> allowed, std::string_view allowed_text) {
  if (!reader.has(key)) return false;
  if (!action || std::ranges::find(allowed, *action) != allowed.end()) return true;
  reader.source().report(reader.key_position(key), fmt::format("`{}` goes with {} only", key, allowed_text));
  return false;
}

// Reports what goes with other actions than the route's.
void check_modifiers(TableReader& reader, std::optional<ActionKey> action) {
  for (const std::string_view key : {"mirror", "verify", "ca", "server_name", "chain", "key"})
    goes_with(reader, key, action, {ActionKey::tls}, "`tls`");
  for (const std::string_view key : {"ciphers", "groups", "client_ca"}) {
    goes_with(reader, key, action, {ActionKey::tcp, ActionKey::tls, ActionKey::http, ActionKey::inspect},
              "`tcp`, `tls`, `http` and `inspect`");
  }
}

std::optional<ProxyVersion> read_send_proxy(TableReader& reader, std::optional<ActionKey> action) {
  static constexpr Choice<ProxyVersion> versions[] = {{"v1", ProxyVersion::v1}, {"v2", ProxyVersion::v2}};
  constexpr std::string_view key = "send_proxy";
  // A header stands for a whole connection, and such a proxy "MUST NOT implement this protocol" (PROXY protocol §2).
  if (action == ActionKey::http && reader.has(key)) {
    reader.source().report(reader.key_position(key),
                           "`send_proxy` does not go with `http`, whose connections to backends carry the requests of "
                           "many clients: each request names its own in X-Forwarded-For and Forwarded");
    return std::nullopt;
  }
  if (!goes_with(reader, key, action, {ActionKey::pass, ActionKey::tcp, ActionKey::tls}, "`pass`, `tcp` and `tls`")) {
    return std::nullopt;
  }
  return reader.choice(key, versions);
}

std::vector<std::string> read_server_names(TableReader& reader) {
  const auto texts = reader.strings("sni");
  std::vector<std::string> names;
  if (!texts) return names;
  for (const Text& text : *texts) {
    auto name = parse_server_name(text.text);
    if (!name) {
      reader.source().report(text.position, name.error());
    } else if (std::ranges::find(names, *name) != names.end()) {
      reader.source().report(text.position, fmt::format("{} is listed twice", quote(*name)));
    } else {
      names.push_back(std::move(*name));
    }
  }
  return names;
}

route::Role role_of(const TableReader& reader, std::optional<ActionKey> action) {
  // Without a known action nothing can be said against a name, so the most tolerant role it is.
  if (!action || *action == ActionKey::pass) return route::Role::delegate;
  if (*action == ActionKey::tls && mirrors(reader)) return route::Role::mirror;
  return *action == ActionKey::reject ? route::Role::reject : route::Role::select;
}

// The protocol selected is the one that is spoken (RFC 7301 §3.2), and these actions speak HTTP.
void demand_http(TableReader& reader, std::optional<ActionKey> action, const route::Match& match) {
  if (action != ActionKey::inspect && action != ActionKey::http) return;
  for (const ProtocolId& id : match.names) {
    if (id.view() == protocol::h2 || id.view() == protocol::http_1_1) continue;
    reader.source().report(reader.value_position("alpn"),
                           fmt::format("this action speaks h2 and http/1.1 only: remove {}, or route it to a backend "
                                       "that speaks it with `tcp` or `pass`",
                                       quote(to_text(id))));
  }
}

// Its certificates are for one protocol alone (RFC 8737 §3).
void demand_acme(TableReader& reader, std::optional<ActionKey> action, const route::Match& match) {
  if (action != ActionKey::acme_dir) return;
  if (match.names.size() == 1 && match.names.front().view() == protocol::acme_tls_1 && !match.none) return;
  reader.source().report(reader.value_position("alpn"),
                         "`acme_dir` answers acme-tls/1 and nothing else: leave `alpn` out");
}

}  // namespace

void read_route(Source& source, const toml::table& table, Draft& draft) {
  TableReader reader(source, table, keys::route);
  RouteDraft result;
  result.route.position = reader.position();
  result.sni_position = reader.value_position("sni");
  result.alpn_position = reader.value_position("alpn");
  result.ciphers_position = reader.value_position("ciphers");
  result.spec.server_names = read_server_names(reader);
  if (auto listeners = reader.strings("listen")) result.listeners = std::move(*listeners);
  if (const auto version = read_tls_version(reader, "min_tls")) result.route.min_tls = *version;

  const auto action_key = find_action(reader);
  check_modifiers(reader, action_key);
  result.route.policy = read_tls_policy(reader);
  result.route.send_proxy = read_send_proxy(reader, action_key);
  result.spec.role = role_of(reader, action_key);
  auto match = read_match(reader, action_key.value_or(ActionKey::pass), result.spec.role);
  if (match) {
    demand_http(reader, action_key, *match);
    demand_acme(reader, action_key, *match);
    result.spec.match = std::move(*match);
  }
  if (action_key) {
    if (auto action = read_action(reader, *action_key)) result.route.action = std::move(*action);
  }
  // Kept even where it is wrong: no configuration comes of it then, but its listeners are to be looked at.
  draft.routes.push_back(std::move(result));
}

}  // namespace simplon::config
