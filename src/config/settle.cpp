// What can only be said once every file was read.
#include "config/draft.hpp"
#include "config/lint.hpp"
#include "config/read.hpp"
#include "config/spelling.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace simplon::config {

namespace {

void report(Draft& draft, Position position, std::string message) {
  draft.problems.push_back({.position = std::move(position), .message = std::move(message)});
}

bool redirects(const ListenerDraft& draft) { return draft.listener.redirect; }

void demand_listeners_and_routes(Draft& draft, const std::string& main_file) {
  const Position nowhere{.file = main_file, .line = 1, .column = 1};
  if (draft.listeners.empty() && !draft.incomplete)
    report(draft, nowhere, "no listener: add a [[listen]] with an `address`");
  if (!draft.listeners.empty() && std::ranges::all_of(draft.listeners, redirects) && !draft.incomplete) {
    report(draft, draft.listeners.front().listener.position,
           "nothing to redirect to: add a [[listen]] without `redirect`");
  }
  if (draft.routes.empty() && !draft.incomplete) report(draft, nowhere, "no route: add a [[route]] with an action");
}

// Two wildcards of one port meet: `[::]` takes IPv4 clients too.
bool same_place(const ListenAddress& a, const ListenAddress& b) {
  if (a.port != b.port || a.port == 0) return false;
  const auto takes_all_v4 = [](const ListenAddress& each) { return each.dual_stack || each.ip == "0.0.0.0"; };
  return a.ip == b.ip || (takes_all_v4(a) && takes_all_v4(b));
}

void check_listeners_differ(Draft& draft) {
  for (std::size_t i = 0; i < draft.listeners.size(); ++i) {
    const ListenerDraft& later = draft.listeners[i];
    for (std::size_t j = 0; j < i; ++j) {
      const ListenerDraft& earlier = draft.listeners[j];
      if (same_place(earlier.listener.address, later.listener.address)) {
        report(draft, later.address_position,
               fmt::format("{} is taken already by the listener {} at {}", quote(later.listener.address.text),
                           quote(earlier.listener.name), to_text(earlier.listener.position)));
      } else if (!later.listener.name.empty() && earlier.listener.name == later.listener.name) {
        report(draft, later.name_position,
               fmt::format("the listener at {} has the name {} already", to_text(earlier.listener.position),
                           quote(later.listener.name)));
      }
    }
  }
}

void find_listeners(Draft& draft) {
  std::map<std::string_view, std::uint32_t> index;
  std::vector<std::string_view> names;
  for (const ListenerDraft& each : draft.listeners) {
    index.emplace(each.listener.name, static_cast<std::uint32_t>(names.size()));
    names.push_back(each.listener.name);
  }
  // Listeners of a file that could not be read are no reason to find fault with who names them.
  if (draft.incomplete) return;
  for (RouteDraft& route : draft.routes) {
    for (const Text& text : route.listeners) {
      const auto found = index.find(text.text);
      if (found == index.end()) {
        report(draft, text.position,
               fmt::format("no listener has the name {}{}", quote(text.text), did_you_mean(text.text, names)));
      } else if (redirects(draft.listeners[found->second])) {
        report(draft, text.position,
               fmt::format("the listener {} answers redirects only, so no route holds there", quote(text.text)));
      } else if (std::ranges::find(route.spec.listeners, found->second) != route.spec.listeners.end()) {
        report(draft, text.position, fmt::format("{} is listed twice", quote(text.text)));
      } else {
        route.spec.listeners.push_back(found->second);
      }
    }
  }
}

// To the route table, a route without listeners is one of all of them.
void keep_off_redirects(Draft& draft) {
  if (std::ranges::none_of(draft.listeners, redirects)) return;
  std::vector<std::uint32_t> others;
  for (std::uint32_t i = 0; i < draft.listeners.size(); ++i) {
    if (!redirects(draft.listeners[i])) others.push_back(i);
  }
  for (RouteDraft& route : draft.routes) {
    if (route.spec.listeners.empty()) route.spec.listeners = others;
  }
}

void demand_certificate(Draft& draft) {
  if (draft.certificate_tables != 0 || draft.certificate_made || draft.incomplete) return;
  for (const RouteDraft& route : draft.routes) {
    if (!needs_certificate(route.route.action)) continue;
    report(draft, route.route.position,
           fmt::format("`{}` terminates TLS, which needs a certificate: add a [[certificate]] with `chain` and `key`",
                       name_of(route.route.action)));
    return;
  }
}

// A client is only let in where there is a suite to speak to it with.
void settle_min_tls(Draft& draft, RouteDraft& each) {
  Route& route = each.route;
  if (terminates(route.action)) route.min_tls = std::max(route.min_tls, draft.tls.min_version);
  if (!has_suites_for(route::TlsVersion::tls_1_2, route.policy)) route.min_tls = route::TlsVersion::tls_1_3;
  if (route.min_tls >= route::TlsVersion::tls_1_3 && !has_suites_for(route::TlsVersion::tls_1_3, route.policy)) {
    report(draft, each.ciphers_position,
           "TLS 1.3 is demanded here, and none of these suites is for it: add TLS_AES_128_GCM_SHA256, or lower "
           "`min_tls` or `min_version`");
  }
  each.spec.min_tls = route.min_tls;
}

// The place that a table's error is about.
Position position_of(const route::TableError& error, const Draft& draft) {
  using Code = route::TableError::Code;
  if (error.code == Code::no_route_for_none) return draft.listeners.at(error.index).mismatch_position;
  const RouteDraft& route = draft.routes.at(error.index);
  return error.code == Code::invalid_server_name ? route.sni_position : route.alpn_position;
}

// The main file first, then by name; within a file from top to bottom.
std::vector<Problem> in_order(std::vector<Problem> problems, const std::string& main_file) {
  std::ranges::sort(problems, {}, [&](const Problem& each) {
    const Position& at = each.position;
    return std::tuple(at.file != main_file, std::string_view(at.file), at.line, at.column,
                      std::string_view(each.message));
  });
  return problems;
}

std::expected<route::RouteTable, Problem> build_table(const Draft& draft) {
  std::vector<route::ListenerSpec> listeners;
  listeners.reserve(draft.listeners.size());
  for (const ListenerDraft& each : draft.listeners) {
    listeners.push_back({.name = each.listener.name, .order = each.listener.order, .mismatch = each.listener.mismatch});
  }
  std::vector<route::RouteSpec> routes;
  routes.reserve(draft.routes.size());
  for (const RouteDraft& each : draft.routes)
    routes.push_back(each.spec);
  auto table = route::RouteTable::build(std::move(listeners), std::move(routes));
  if (table) return std::move(*table);
  return std::unexpected(Problem{.position = position_of(table.error(), draft), .message = describe(table.error())});
}

}  // namespace

std::expected<Config, std::vector<Problem>> settle(Draft draft, const std::string& main_file) {
  demand_listeners_and_routes(draft, main_file);
  check_listeners_differ(draft);
  find_listeners(draft);
  demand_certificate(draft);
  if (!draft.problems.empty()) return std::unexpected(in_order(std::move(draft.problems), main_file));

  keep_off_redirects(draft);
  std::uint32_t number = 0;
  for (RouteDraft& each : draft.routes) {
    each.route.number = ++number;
    settle_min_tls(draft, each);
  }
  if (!draft.problems.empty()) return std::unexpected(in_order(std::move(draft.problems), main_file));
  auto table = build_table(draft);
  if (!table) {
    draft.problems.push_back(std::move(table.error()));
    return std::unexpected(std::move(draft.problems));
  }

  Config config{.server = std::move(draft.server),
                .limits = draft.limits,
                .tls = draft.tls,
                .admin = std::move(draft.admin),
                .listeners = {},
                .certificates = std::move(draft.certificates),
                .routes = {},
                .table = std::move(*table),
                .warnings = in_order(lint(draft.listeners, draft.routes), main_file)};
  for (ListenerDraft& each : draft.listeners)
    config.listeners.push_back(std::move(each.listener));
  for (RouteDraft& each : draft.routes)
    config.routes.push_back(std::move(each.route));
  return config;
}

}  // namespace simplon::config
