// The fate of every route, one kind per test row.
#include "route/explain.hpp"

#include "unit/route/table_builder.hpp"

#include <gtest/gtest.h>

namespace simplon::route::testing {
namespace {

Fate fate_of(RouteSpec spec, const Client& client) {
  return explain(table({std::move(spec), route(any({"*"}))}), client.request()).routes[0].fate;
}

TEST(Explain, SaysWhyARouteDidNotWin) {
  auto strict = route(any({"h2"}));
  strict.min_tls = TlsVersion::tls_1_3;
  const Client old = Client{"h2"}.version(TlsVersion::tls_1_2).without_h2_suite();
  EXPECT_EQ(fate_of(route(any({"h2"})), Client{"h2"}), Fate::wins);
  EXPECT_EQ(fate_of(route(any({"h2"}), {"a.example"}), Client{"h2"}.server_name("b.example")), Fate::other_name);
  EXPECT_EQ(fate_of(route(any({"h2"}), {"a.example"}), Client{"h2"}), Fate::no_server_name);
  EXPECT_EQ(fate_of(strict, old), Fate::tls_too_old);
  EXPECT_EQ(fate_of(route(any({"h2"})), old), Fate::h2_forbidden);
  EXPECT_EQ(fate_of(route(any({"h2"})), Client{}), Fate::wants_offer);
  EXPECT_EQ(fate_of(route(any({"none"})), Client{"h2"}), Fate::wants_no_offer);
  EXPECT_EQ(fate_of(route(any({"x"})), Client{"h2"}), Fate::none_in_common);
  EXPECT_EQ(fate_of(route(match(MatchKind::only, {"h2"})), Client{"h2", "x"}), Fate::not_alone);
  EXPECT_EQ(fate_of(route(match(MatchKind::first, {"h2"})), Client{"x", "h2"}), Fate::not_first);
  EXPECT_EQ(fate_of(route(match(MatchKind::all, {"h2", "y"})), Client{"h2", "x"}), Fate::not_all);
  EXPECT_EQ(fate_of(route(any({"acme-tls/1"})), Client{"acme-tls/1", "h2"}), Fate::acme_not_alone);
}

TEST(Explain, RoutesAfterTheWinnerSayWhatTheyWouldSelect) {
  const RouteTable routes = table({route(any({"h2"})), route(any({"http/1.1"}))});  // what is selected is a view of it
  const auto explanation = explain(routes, Client{"h2", "http/1.1"}.request());
  EXPECT_EQ(explanation.routes[1].fate, Fate::after_winner);
  EXPECT_EQ(explanation.routes[1].selected, protocol::http_1_1);
  EXPECT_EQ(explanation.routes[0].selected, protocol::h2);
}

TEST(Explain, ARouteOfAnotherListenerIsNamedAsSuch) {
  auto second = route(any({"h2"}));
  second.listeners = {1};
  const auto routes = RouteTable::build({{.name = "a"}, {.name = "b"}}, {second}).value();
  EXPECT_EQ(explain(routes, Client{"h2"}.request()).routes[0].fate, Fate::other_listener);
}

}  // namespace
}  // namespace simplon::route::testing
