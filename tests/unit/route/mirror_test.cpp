// What a mirroring route takes, and what of it goes on to the backend.
#include "route/mirror.hpp"

#include "route/decide.hpp"
#include "table_builder.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace simplon::route {

namespace {

using namespace testing;

std::string passed_on(const Client& client, const Match& match, bool h2_allowed = true) {
  const auto list = mirror(*client.request().offer, match, h2_allowed);
  return list ? to_text(list->view()) : "nothing";
}

TEST(Mirror, KeepsTheClientsOrderAndEachNameOnce) {
  EXPECT_EQ(passed_on(Client({"b", "h2", "b", "a", "h2"}), any({"*"})), "b,h2,a");
  EXPECT_EQ(passed_on(Client({"b", "h2", "a"}), any({"a", "h2"})), "h2,a");
  EXPECT_EQ(passed_on(Client({"c", "a", "b"}), match(MatchKind::all, {"a", "b"})), "a,b");
}

TEST(Mirror, KeepsAsManyNamesAsAListHolds) {
  std::vector<std::string> names;
  for (int i = 0; i < 9000; ++i)
    names.push_back(std::to_string(10000 + i));
  std::vector<ProtocolIdView> ids;
  for (int times = 0; times < 2; ++times) {
    for (const std::string& name : names)
      if (ids.size() < 10'000) ids.push_back(ProtocolIdView::from(name).value());
  }
  const auto list = mirror(ProtocolList::from(ids).value().view(), any({"*"}), true);
  ASSERT_TRUE(list.has_value());
  EXPECT_TRUE(std::ranges::equal(list->view(), names, {}, [](ProtocolIdView id) { return id.bytes(); }));
}

TEST(Mirror, LeavesOutWhatMayNotBeSelected) {
  EXPECT_EQ(passed_on(Client({"\x0a\x0a", "a"}), any({"*"})), "a");    // RFC 8701 §3.1
  EXPECT_EQ(passed_on(Client({"h2c", "a"}), any({"*"})), "a");         // RFC 9113 §3.2
  EXPECT_EQ(passed_on(Client({"acme-tls/1", "a"}), any({"*"})), "a");  // RFC 8737 §3
  EXPECT_EQ(passed_on(Client({"acme-tls/1"}), any({"*"})), "acme-tls/1");
  EXPECT_EQ(passed_on(Client({"h2", "a"}), any({"*"}), false), "a");  // RFC 9113 §9.2
  EXPECT_EQ(passed_on(Client({"h2c", "\xfa\xfa", "h2"}), any({"*"}), false), "nothing");
  EXPECT_EQ(passed_on(Client({"x"}), any({"a"})), "nothing");
}

TEST(Mirror, IsNoMatchWhereNothingIsLeft) {
  const auto routes = table({route(any({"*"}), {}, Role::mirror), route(any({"*"}))});
  EXPECT_EQ(decide(routes, Client({"a"}).request()).route, 0U);
  EXPECT_EQ(decide(routes, Client().request()).route, 0U);
  EXPECT_EQ(decide(routes, Client({"h2c"}).request()).route, 1U);
  EXPECT_EQ(decide(routes, Client({"\xea\xea"}).request()).route, 1U);
  EXPECT_EQ(decide(routes, Client({"h2"}).version(TlsVersion::tls_1_2).without_h2_suite().request()).route, 1U);
}

TEST(Mirror, SelectsNothingItself) {
  const auto routes = table({route(any({"h2", "a"}), {}, Role::mirror)});
  const Client client({"a"});
  const Decision decision = decide(routes, client.request());
  EXPECT_EQ(decision.route, 0U);
  EXPECT_EQ(decision.selected, std::nullopt);
}

TEST(Mirror, KeepsTheRuleOnH2) {  // RFC 9113 §9.2
  const auto routes = table({route(any({"h2"}), {}, Role::mirror)});
  EXPECT_EQ(outcome(routes, Client({"h2"}).version(TlsVersion::tls_1_2)), "route 0");
  EXPECT_EQ(outcome(routes, Client({"h2"}).version(TlsVersion::tls_1_2).without_h2_suite()), "alert 120");
}

}  // namespace

}  // namespace simplon::route
