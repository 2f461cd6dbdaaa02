// `decide` and `explain` against a second implementation: the rules written out once more, slowly, over strings.
#include "route/explain.hpp"
#include "unit/route/table_builder.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace simplon::route::testing {
namespace {

using Names = std::vector<std::string>;

struct Case {
  std::vector<ListenerSpec> listeners;
  std::vector<RouteSpec> routes;
  std::uint32_t listener;
  std::optional<std::string> server_name;
  std::optional<Names> offer;
  TlsVersion version;
  bool h2_suite;
};

bool name_fits(const RouteSpec& route, const std::optional<std::string>& server_name) {
  if (route.server_names.empty()) return true;
  return std::ranges::any_of(route.server_names, [&](const std::string& pattern) {
    if (pattern == "*") return true;
    if (!server_name) return false;
    if (pattern[0] != '*') return pattern == *server_name;
    const auto dot = server_name->find('.');
    return dot != std::string::npos && "*" + server_name->substr(dot) == pattern;
  });
}

// The distinct names of the offer that count, in order.
Names distinct(const Names& offer) {
  Names result;
  for (const std::string& name : offer) {
    if (!is_grease(ProtocolIdView::from(name).value()) && std::ranges::find(result, name) == result.end()) {
      result.push_back(name);
    }
  }
  return result;
}

bool h2_forbidden(const Case& c) {
  return c.version < TlsVersion::tls_1_2 || (c.version == TlsVersion::tls_1_2 && !c.h2_suite);
}

// A mirroring route that takes every offer needs something to pass on.
bool takes_every(const Case& c, const RouteSpec& route) {
  if (!route.match.every) return false;
  if (route.role != Role::mirror || !c.offer) return true;
  return std::ranges::any_of(distinct(*c.offer), [&](const std::string& name) {
    if (name == "acme-tls/1") return c.offer->size() == 1;
    return name != "h2c" && (name != "h2" || !h2_forbidden(c));
  });
}

// Whether the route, if it may select among `names` of its own, takes `name` for this offer.
bool would_select(const Case& c, const RouteSpec& route, const std::string& name) {
  const Names offered = distinct(*c.offer);
  Names own;
  for (const ProtocolId& each : route.match.names)
    own.emplace_back(each.view().bytes());
  const auto has = [](const Names& list, const std::string& wanted) {
    return std::ranges::find(list, wanted) != list.end();
  };
  if (!has(own, name) || !has(offered, name)) return false;
  if (name == "acme-tls/1" && c.offer->size() != 1) return false;
  if (name == "h2" && (route.role == Role::select || route.role == Role::mirror) && h2_forbidden(c)) return false;
  switch (route.match.kind) {
    case MatchKind::any:
      return true;
    case MatchKind::only:
      return offered.size() == 1;
    case MatchKind::first:
      return offered[0] == name;
    case MatchKind::all:
      return name == own[0] && std::ranges::all_of(own, [&](const std::string& each) { return has(offered, each); });
  }
  return false;
}

std::string reference(const Case& c) {
  std::vector<std::uint32_t> fitting;
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t i = 0; i < c.routes.size(); ++i) {
    const auto& on = c.routes[i].listeners;
    if (!on.empty() && std::ranges::find(on, c.listener) == on.end()) continue;
    if (!name_fits(c.routes[i], c.server_name)) continue;
    fitting.push_back(i);
    if (c.version >= c.routes[i].min_tls) candidates.push_back(i);
  }
  const auto award = [&](std::uint32_t i, std::string_view name) -> std::string {
    if (c.routes[i].role == Role::reject) return "alert 120";
    std::string text = "route " + std::to_string(i);
    if (!name.empty() && c.routes[i].role == Role::select) text += " selects " + std::string(name);
    return text;
  };
  const ListenerSpec& listener = c.listeners[c.listener];
  if (c.offer && listener.order == Order::client) {
    for (const std::string& name : distinct(*c.offer)) {
      for (const std::uint32_t i : candidates) {
        if (would_select(c, c.routes[i], name)) return award(i, name);
      }
    }
  }
  for (const std::uint32_t i : candidates) {
    const Match& match = c.routes[i].match;
    if (takes_every(c, c.routes[i]) || (!c.offer && match.none)) return award(i, "");
    if (!c.offer || listener.order == Order::client) continue;
    for (const ProtocolId& own : match.names) {
      if (would_select(c, c.routes[i], std::string(own.view().bytes()))) return award(i, own.view().bytes());
    }
  }
  if (fitting.empty()) return c.server_name ? "alert 112" : "alert 109";
  if (candidates.empty()) return "alert 70";
  if (c.offer && listener.mismatch != Mismatch::reject) {
    for (const std::uint32_t i : candidates) {
      if (c.routes[i].match.none) return award(i, "");
    }
  }
  return "alert 120";
}

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <typename T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(from.size()));
  }

 private:
  std::mt19937 engine_;
};

Names pick_names(Dice& dice, std::size_t most) {
  Names names;
  for (std::size_t i = 1 + dice.below(most); i > 0; --i) {
    names.push_back(dice.pick<std::string>({"h2", "http/1.1", "a", "b", "c", "acme-tls/1"}));
  }
  return names;
}

RouteSpec pick_route(Dice& dice) {
  RouteSpec route;
  route.match.kind = dice.pick({MatchKind::any, MatchKind::any, MatchKind::only, MatchKind::first, MatchKind::all});
  if (dice.one_in(8)) {
    route.match = any({"*"});
  } else if (dice.one_in(8)) {
    route.match = any({"none"});
  } else {
    for (const std::string& name : pick_names(dice, 3)) {
      if (route.match.kind != MatchKind::all || name != "acme-tls/1") route.match.names.push_back(id(name));
    }
    route.match.none = route.match.names.empty() || (route.match.kind == MatchKind::any && dice.one_in(4));
  }
  for (std::size_t i = dice.below(3); i > 0; --i) {
    route.server_names.push_back(dice.pick<std::string>({"a.example", "b.example", "*.example", "*"}));
  }
  if (dice.one_in(3)) route.listeners = {static_cast<std::uint32_t>(dice.below(2))};
  if (dice.one_in(4)) route.min_tls = dice.pick({TlsVersion::tls_1_2, TlsVersion::tls_1_3});
  route.role = dice.pick({Role::select, Role::select, Role::delegate, Role::mirror, Role::reject});
  return route;
}

Case pick_case(Dice& dice) {
  Case c;
  for (int i = 0; i < 2; ++i) {
    c.listeners.push_back({.name = std::to_string(i),
                           .order = dice.pick({Order::server, Order::client}),
                           .mismatch = dice.pick({Mismatch::reject, Mismatch::ignore, Mismatch::report})});
  }
  for (std::size_t i = 1 + dice.below(6); i > 0; --i)
    c.routes.push_back(pick_route(dice));
  // A listener that lets mismatches through needs a route for them.
  c.routes.push_back(route(any({"none"}), {"none.example"}));
  c.listener = static_cast<std::uint32_t>(dice.below(2));
  if (!dice.one_in(4))
    c.server_name = dice.pick<std::string>({"a.example", "b.example", "x.a.example", "none.example"});
  if (!dice.one_in(5)) {
    c.offer = pick_names(dice, 4);
    if (dice.one_in(3)) c.offer->insert(c.offer->begin(), "\x2a\x2a");
    if (dice.one_in(6)) c.offer->emplace_back("unknown");
    if (dice.one_in(12)) c.offer = Names{"\x2a\x2a"};
  }
  c.version = dice.pick({TlsVersion::none, TlsVersion::tls_1_1, TlsVersion::tls_1_2, TlsVersion::tls_1_3});
  c.h2_suite = dice.one_in(2);
  return c;
}

TEST(Reference, DecideAndExplainAgreeWithTheRulesWrittenOut) {
  Dice dice(7301);
  std::set<std::string> seen;
  for (int round = 0; round < 50'000; ++round) {
    const Case c = pick_case(dice);
    const auto built = RouteTable::build(c.listeners, c.routes);
    ASSERT_TRUE(built) << describe(built.error());
    std::optional<ProtocolList> offer;
    if (c.offer) {
      std::vector<ProtocolIdView> ids;
      for (const std::string& name : *c.offer)
        ids.push_back(ProtocolIdView::from(name).value());
      offer = ProtocolList::from(ids).value();
    }
    Request request{
        .listener = c.listener, .server_name = {}, .offer = {}, .version = c.version, .h2_suite = c.h2_suite};
    if (c.server_name) request.server_name = *c.server_name;
    if (offer) request.offer = offer->view();

    const Explanation explanation = explain(*built, request);
    const Decision& decision = explanation.decision;
    std::string got;
    if (decision.refusal) {
      got = "alert " + std::to_string(static_cast<int>(alert_of(*decision.refusal)));
    } else {
      got = "route " + std::to_string(*decision.route);
      if (decision.selected) got += " selects " + to_text(*decision.selected);
    }
    ASSERT_EQ(got, reference(c)) << "round " << round;
    ASSERT_EQ(explanation.routes.size(), c.routes.size());
    for (std::uint32_t i = 0; i < c.routes.size(); ++i) {
      ASSERT_EQ(explanation.routes[i].fate == Fate::wins, decision.route == i) << "round " << round << " route " << i;
    }
    seen.insert(got);
  }
  // Every kind of outcome came up.
  for (const std::string_view outcome : {"alert 120", "alert 112", "alert 109", "alert 70", "route 0 selects h2"}) {
    EXPECT_TRUE(seen.contains(std::string(outcome))) << outcome;
  }
}

}  // namespace
}  // namespace simplon::route::testing
