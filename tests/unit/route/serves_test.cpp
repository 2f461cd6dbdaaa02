// Which route a request's authority belongs to (RFC 9110 §15.5.20, RFC 9113 §9.1.1).
#include "route/serves.hpp"

#include "table_builder.hpp"

#include <gtest/gtest.h>

namespace simplon::route {
namespace {

using testing::any;
using testing::match;
using testing::route;

const std::optional<ProtocolIdView> h2 = protocol::h2;
const std::optional<ProtocolIdView> http_1_1 = protocol::http_1_1;

TEST(Serves, TheRouteThatNamesTheHost) {
  const RouteTable table =
      testing::table({route(any({"h2", "http/1.1"}), {"a.example.com"}),
                      route(any({"h2", "http/1.1"}), {"*.example.com"}), route(any({"h2", "http/1.1", "none"}))});
  EXPECT_TRUE(serves(table, 0, 0, "a.example.com", h2));
  EXPECT_FALSE(serves(table, 0, 1, "a.example.com", h2)) << "an earlier route is the one for that name";
  EXPECT_FALSE(serves(table, 0, 2, "a.example.com", h2));
  EXPECT_TRUE(serves(table, 0, 1, "b.example.com", h2));
  EXPECT_FALSE(serves(table, 0, 1, "b.c.example.com", h2)) << "a wildcard stands for one label";
  EXPECT_FALSE(serves(table, 0, 0, "other.org", h2));
  EXPECT_TRUE(serves(table, 0, 2, "other.org", h2));
}

TEST(Serves, WithTheProtocolThatWasSelected) {
  const RouteTable table = testing::table({route(any({"h2"}), {"a.example.com"}), route(any({"http/1.1"}))});
  EXPECT_FALSE(serves(table, 0, 1, "a.example.com", h2));
  EXPECT_TRUE(serves(table, 0, 1, "a.example.com", http_1_1)) << "the first route takes no http/1.1";
}

TEST(Serves, RequestsForNoHostName) {
  const RouteTable table = testing::table({route(any({"h2"}), {"a.example.com"}), route(any({"h2"}), {"*"})});
  EXPECT_TRUE(serves(table, 0, 1, std::nullopt, h2));
  EXPECT_FALSE(serves(table, 0, 0, std::nullopt, h2));
}

TEST(Serves, ClientsThatNegotiatedNothing) {
  const RouteTable table = testing::table({route(any({"h2"})), route(any({"h2", "none"}))});
  EXPECT_TRUE(serves(table, 0, 1, "a.example.com", std::nullopt));
  EXPECT_FALSE(serves(table, 0, 0, "b.example.com", h2) && serves(table, 0, 1, "b.example.com", h2));
}

TEST(Serves, OnItsOwnListenerOnly) {
  RouteSpec first = route(any({"h2"}));
  first.listeners = {1};
  const RouteTable table = RouteTable::build({{.name = "a"}, {.name = "b"}}, {first, route(any({"h2"}))}).value();
  EXPECT_TRUE(serves(table, 0, 1, "a.example.com", h2));
  EXPECT_TRUE(serves(table, 1, 0, "a.example.com", h2));
  EXPECT_FALSE(serves(table, 1, 1, "a.example.com", h2));
}

TEST(Serves, WhomItsOwnMatchGave) {  // a route that wants all of two names selects one of them
  const RouteTable table = testing::table({route(match(MatchKind::all, {"h2", "http/1.1"}), {"a.example.com"})});
  EXPECT_TRUE(serves(table, 0, 0, "a.example.com", h2));
}

}  // namespace
}  // namespace simplon::route
