// The rules of negotiation, one per test.
#include "route/decide.hpp"

#include "unit/route/table_builder.hpp"

#include <gtest/gtest.h>

namespace simplon::route::testing {
namespace {

const std::vector<RouteSpec> web = {route(any({"h2"})), route(any({"http/1.1", "none"}))};

TEST(ServerOrder, FirstRouteInFileOrderThatTheClientOffersWins) {
  EXPECT_EQ(outcome(table(web), Client{"http/1.1", "h2"}), "route 0 selects h2");
  EXPECT_EQ(outcome(table(web), Client{"http/1.1"}), "route 1 selects http/1.1");
}

TEST(ServerOrder, WithinAnyTheRoutesOwnOrderDecides) {
  const auto routes = table({route(any({"h2", "http/1.1"}))});
  EXPECT_EQ(outcome(routes, Client{"http/1.1", "h2"}), "route 0 selects h2");
}

TEST(ServerOrder, FileOrderDecidesEvenBetweenWildcardAndExact) {
  const auto routes = table({route(any({"h2"}), {"*.example.com"}), route(any({"h2"}), {"app.example.com"})});
  EXPECT_EQ(outcome(routes, Client{"h2"}.server_name("app.example.com")), "route 0 selects h2");
}

TEST(ClientOrder, ClientsFirstNameThatAnyRouteTakesWins) {
  EXPECT_EQ(outcome(table(web, Order::client), Client{"http/1.1", "h2"}), "route 1 selects http/1.1");
  EXPECT_EQ(outcome(table(web, Order::client), Client{"x", "h2", "http/1.1"}), "route 0 selects h2");
}

TEST(ClientOrder, WithinAnyTheClientsOrderDecides) {
  const auto routes = table({route(any({"h2", "http/1.1"}))}, Order::client);
  EXPECT_EQ(outcome(routes, Client{"http/1.1", "h2"}), "route 0 selects http/1.1");
}

TEST(ClientOrder, FileOrderDecidesBetweenRoutesForTheSameName) {
  const auto routes = table({route(any({"b"})), route(any({"a"})), route(any({"a"}))}, Order::client);
  EXPECT_EQ(outcome(routes, Client{"a", "b"}), "route 1 selects a");
}

TEST(ClientOrder, ARouteCountsOnlyForTheNameItWouldSelect) {
  // `all` selects its first listed name, "b", which the client likes less than "c".
  const auto routes = table({route(match(MatchKind::all, {"b", "a"})), route(any({"c"}))}, Order::client);
  EXPECT_EQ(outcome(routes, Client{"a", "c", "b"}), "route 1 selects c");
}

TEST(ClientOrder, StarIsTriedOnlyWhenNoNameWins) {
  const auto routes = table({route(any({"*"})), route(any({"h2"}))}, Order::client);
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 1 selects h2");
  EXPECT_EQ(outcome(routes, Client{"x"}), "route 0");
}

TEST(Star, WinsAtItsPlaceInServerOrderAndSelectsNothing) {
  const auto routes = table({route(any({"*"})), route(any({"h2"}))});
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 0");
}

TEST(Star, TakesEveryOffer) {
  const auto routes = table({route(any({"*"}))});
  EXPECT_EQ(outcome(routes, Client{}), "route 0");
  EXPECT_EQ(outcome(routes, Client{"unknown"}), "route 0");
  EXPECT_EQ(outcome(routes, Client{"\x0a\x0a"}), "route 0");
}

TEST(Only, WantsOneNameRepetitionsAndGreaseAside) {
  const auto routes = table({route(match(MatchKind::only, {"h2", "x"}))});
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 0 selects h2");
  EXPECT_EQ(outcome(routes, Client{"x", "x"}), "route 0 selects x");
  EXPECT_EQ(outcome(routes, Client{"\x1a\x1a", "h2"}), "route 0 selects h2");
  EXPECT_EQ(outcome(routes, Client{"h2", "y"}), "alert 120");
  EXPECT_EQ(outcome(routes, Client{"y"}), "alert 120");
}

TEST(First, WantsTheClientsFirstNameGreaseAside) {
  const auto routes = table({route(match(MatchKind::first, {"h2", "x"}))});
  EXPECT_EQ(outcome(routes, Client{"x", "h2"}), "route 0 selects x");
  EXPECT_EQ(outcome(routes, Client{"\xfa\xfa", "h2"}), "route 0 selects h2");
  EXPECT_EQ(outcome(routes, Client{"y", "h2"}), "alert 120");
}

TEST(All, WantsEveryNameAndSelectsTheFirstListed) {
  const auto routes = table({route(match(MatchKind::all, {"b", "a"}))});
  EXPECT_EQ(outcome(routes, Client{"a", "x", "b"}), "route 0 selects b");
  EXPECT_EQ(outcome(routes, Client{"a"}), "alert 120");
}

TEST(Tables, NoneAndStarInsideATableAreLiteralNames) {
  const auto routes = table({route(match(MatchKind::any, {"none", "*"}))});
  EXPECT_EQ(outcome(routes, Client{}), "alert 120");
  EXPECT_EQ(outcome(routes, Client{"none"}), "route 0 selects none");
}

TEST(Names, AreComparedByteByByte) {  // RFC 7301 §6
  using namespace std::string_view_literals;
  const auto routes = table({route(any({"h2"}))});
  for (const std::string_view near : {"H2"sv, "h2\0"sv, "h2 "sv, "x,h2"sv, "h"sv}) {
    EXPECT_EQ(outcome(routes, Client{near}), "alert 120") << to_text(ProtocolIdView::from(near).value());
  }
}

TEST(Names, DelegatingRoutesSelectNothing) {
  const auto routes = table({route(any({"h2"}), {}, Role::delegate)});
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 0");
}

TEST(Acme, MatchesOnlyAsTheSoleEntry) {  // RFC 8737 §3
  for (const MatchKind kind : {MatchKind::any, MatchKind::only, MatchKind::first}) {
    const auto routes = table({route(match(kind, {"acme-tls/1"}), {}, Role::delegate)});
    EXPECT_EQ(outcome(routes, Client{"acme-tls/1"}), "route 0");
    EXPECT_EQ(outcome(routes, Client{"acme-tls/1", "h2"}), "alert 120");
    EXPECT_EQ(outcome(routes, Client{"acme-tls/1", "acme-tls/1"}), "alert 120");
    EXPECT_EQ(outcome(routes, Client{"\x0a\x0a", "acme-tls/1"}), "alert 120");
  }
}

TEST(Http2, NeedsTls12WithASuiteOutsideTheBlocklist) {  // RFC 9113 §9.2
  const auto routes = table({route(any({"h2", "http/1.1"}))});
  EXPECT_EQ(outcome(routes, Client{"h2", "http/1.1"}.version(TlsVersion::tls_1_2)), "route 0 selects h2");
  EXPECT_EQ(outcome(routes, Client{"h2", "http/1.1"}.version(TlsVersion::tls_1_2).without_h2_suite()),
            "route 0 selects http/1.1");
  EXPECT_EQ(outcome(routes, Client{"h2", "http/1.1"}.version(TlsVersion::tls_1_1)), "route 0 selects http/1.1");
  EXPECT_EQ(outcome(routes, Client{"h2"}.version(TlsVersion::tls_1_2).without_h2_suite()), "alert 120");
  // The list of TLS 1.2 suites says nothing about a TLS 1.3 connection.
  EXPECT_EQ(outcome(routes, Client{"h2"}.without_h2_suite()), "route 0 selects h2");
}

TEST(Http2, OnADelegatingRouteTheRuleIsTheBackends) {
  const auto routes = table({route(any({"h2"}), {}, Role::delegate)});
  EXPECT_EQ(outcome(routes, Client{"h2"}.version(TlsVersion::tls_1_2).without_h2_suite()), "route 0");
}

TEST(MinimumTls, SkipsTheRouteAndGoesOn) {
  auto strict = route(any({"h2"}));
  strict.min_tls = TlsVersion::tls_1_3;
  const auto routes = table({strict, route(any({"http/1.1"}))});
  EXPECT_EQ(outcome(routes, Client{"h2", "http/1.1"}.version(TlsVersion::tls_1_2)), "route 1 selects http/1.1");
}

TEST(MinimumTls, ProtocolVersionWhenEveryFittingRouteIsSkipped) {
  auto strict = route(any({"*"}));
  strict.min_tls = TlsVersion::tls_1_3;
  auto elsewhere = route(any({"*"}), {"other.example"});
  const auto routes = table({strict, elsewhere}, Order::server);
  EXPECT_EQ(outcome(routes, Client{"h2"}.version(TlsVersion::tls_1_2)), "alert 70");
  EXPECT_EQ(outcome(routes, Client{}.version(TlsVersion::none)), "alert 70");
}

TEST(ServerNames, WildcardStandsForExactlyOneLabel) {
  const auto routes = table({route(any({"*"}), {"*.example.com"})});
  EXPECT_EQ(outcome(routes, Client{}.server_name("a.example.com")), "route 0");
  EXPECT_EQ(outcome(routes, Client{}.server_name("a.b.example.com")), "alert 112");
  EXPECT_EQ(outcome(routes, Client{}.server_name("example.com")), "alert 112");
}

TEST(ServerNames, StarAndAbsentTakeEveryNameAndNone) {
  for (const auto& names : {std::vector<std::string>{}, std::vector<std::string>{"*"}}) {
    const auto routes = table({route(any({"*"}), names)});
    EXPECT_EQ(outcome(routes, Client{}), "route 0");
    EXPECT_EQ(outcome(routes, Client{}.server_name("any.example")), "route 0");
  }
}

TEST(ServerNames, ARouteMayNameSeveral) {
  const auto routes = table({route(any({"*"}), {"a.example", "*.b.example", "a.example"})});
  EXPECT_EQ(outcome(routes, Client{}.server_name("a.example")), "route 0");
  EXPECT_EQ(outcome(routes, Client{}.server_name("x.b.example")), "route 0");
  EXPECT_EQ(outcome(routes, Client{}.server_name("b.example")), "alert 112");
}

TEST(ServerNames, UnknownNameAndMissingNameHaveAlertsOfTheirOwn) {  // RFC 6066 §3, RFC 8446 §9.2
  const auto routes = table({route(any({"h2"}), {"a.example"})});
  EXPECT_EQ(outcome(routes, Client{"h2"}.server_name("b.example")), "alert 112");
  EXPECT_EQ(outcome(routes, Client{"h2"}), "alert 109");
}

TEST(Listeners, ARouteBelongsToItsListenersOnly) {
  auto second = route(any({"h2"}));
  second.listeners = {1};
  const auto routes = RouteTable::build({{.name = "a"}, {.name = "b"}}, {second, route(any({"h2"}))}).value();
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 1 selects h2");
  EXPECT_EQ(outcome(routes, Client{"h2"}.listener(1)), "route 0 selects h2");
}

TEST(Mismatch, RejectAnswersNoApplicationProtocol) {  // RFC 7301 §3.2
  EXPECT_EQ(outcome(table(web), Client{"spdy/1"}), "alert 120");
  EXPECT_TRUE(decide(table(web), Client{"spdy/1"}.request()).mismatch);
}

TEST(Mismatch, IgnoreGoesToTheNoneRouteWithoutAnAnswer) {
  const auto routes = table(web, Order::server, Mismatch::ignore);
  const Decision decision = decide(routes, Client{"spdy/1"}.request());
  EXPECT_EQ(decision.route, 1U);
  EXPECT_EQ(decision.selected, std::nullopt);
  EXPECT_TRUE(decision.mismatch);
  EXPECT_FALSE(decision.would_reject);
}

TEST(Mismatch, ReportGoesOnAndSaysSo) {
  const auto routes = table(web, Order::server, Mismatch::report);
  const Decision decision = decide(routes, Client{"spdy/1"}.request());
  EXPECT_EQ(decision.route, 1U);
  EXPECT_TRUE(decision.would_reject);
  EXPECT_FALSE(decide(routes, Client{"h2"}.request()).would_reject);
  EXPECT_FALSE(decide(routes, Client{}.request()).would_reject);
}

TEST(Mismatch, IgnoreStillNeedsANoneRouteForThisServerName) {
  const auto routes =
      table({route(any({"h2"}), {"a.example"}), route(any({"none"}), {"b.example"})}, Order::server, Mismatch::ignore);
  EXPECT_EQ(outcome(routes, Client{"x"}.server_name("a.example")), "alert 120");
}

TEST(Mismatch, NoPolicyAppliesToAClientWithoutAlpn) {
  for (const Mismatch policy : {Mismatch::reject, Mismatch::ignore, Mismatch::report}) {
    const auto routes =
        table({route(any({"h2"}), {"a.example"}), route(any({"none"}), {"b.example"})}, Order::server, policy);
    EXPECT_EQ(outcome(routes, Client{}.server_name("a.example")), "alert 120");
  }
}

TEST(Mismatch, TheOtherAlertsDoNotDependOnThePolicy) {
  auto strict = route(any({"none"}), {"a.example"});
  strict.min_tls = TlsVersion::tls_1_3;
  for (const Mismatch policy : {Mismatch::reject, Mismatch::ignore, Mismatch::report}) {
    const auto routes = table({strict}, Order::server, policy);
    EXPECT_EQ(outcome(routes, Client{"x"}.server_name("a.example").version(TlsVersion::tls_1_2)), "alert 70");
    EXPECT_EQ(outcome(routes, Client{"x"}.server_name("b.example")), "alert 112");
    EXPECT_EQ(outcome(routes, Client{"x"}), "alert 109");
  }
}

TEST(RejectRoute, RefusesInItsPlace) {
  const auto routes = table({route(any({"spdy/1"}), {}, Role::reject), route(any({"*"}))});
  EXPECT_EQ(outcome(routes, Client{"spdy/1"}), "alert 120");
  EXPECT_EQ(decide(routes, Client{"spdy/1"}.request()).refusal, Refusal::reject_route);
  EXPECT_EQ(outcome(routes, Client{"h2"}), "route 1");
}

TEST(Scale, ManyProtocolsShareFilterBitsButNeverMatchEachOther) {
  std::vector<RouteSpec> routes;
  for (int i = 0; i < 500; ++i)
    routes.push_back(route(any({"p" + std::to_string(i)})));
  const auto built = table(routes);
  EXPECT_EQ(outcome(built, Client{"p499", "p63"}), "route 63 selects p63");
  EXPECT_EQ(outcome(built, Client{"p500"}), "alert 120");
}

}  // namespace
}  // namespace simplon::route::testing
