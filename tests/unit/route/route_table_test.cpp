// What a route table refuses to be built from.
#include "route/route_table.hpp"

#include "unit/route/table_builder.hpp"

#include <gtest/gtest.h>

namespace simplon::route::testing {
namespace {

using Code = TableError::Code;

std::optional<TableError> fault(std::vector<RouteSpec> routes, Mismatch mismatch = Mismatch::reject) {
  auto built = RouteTable::build({{.name = "test", .order = Order::server, .mismatch = mismatch}}, std::move(routes));
  if (built) return std::nullopt;
  EXPECT_FALSE(describe(built.error()).empty());
  return built.error();
}

TEST(RouteTable, NamesTheRouteAtFault) {
  const auto error = fault({route(any({"h2"})), route(any({"\x3a\x3a"}))});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->index, 1U);
  EXPECT_EQ(error->detail, "::");
}

TEST(RouteTable, RefusesGreaseNames) {  // RFC 8701 §3: never selected
  EXPECT_EQ(fault({route(any({"\x0a\x0a"}))})->code, Code::grease_name);
}

TEST(RouteTable, RefusesH2cWhereItWouldBeSelected) {  // RFC 9113 §3.2
  EXPECT_EQ(fault({route(any({"h2c"}))})->code, Code::h2c_selected);
  EXPECT_FALSE(fault({route(any({"h2c"}), {}, Role::delegate)}));
}

TEST(RouteTable, RefusesAcmeInAll) {  // RFC 8737 §3
  EXPECT_EQ(fault({route(match(MatchKind::all, {"acme-tls/1", "h2"}))})->code, Code::acme_in_all);
}

TEST(RouteTable, RefusesAMatchOfNothing) { EXPECT_EQ(fault({route(Match{})})->code, Code::empty_match); }

TEST(RouteTable, RefusesServerNamesThatNoClientCanSend) {
  for (const char* name : {"", "Upper.example", "a..example", "192.0.2.1", "*", "*.*.example", "a.*.example", "**",
                           "trailing.example.", "sp ace.example", "[::1]"}) {
    const bool valid = std::string_view(name) == "*";
    const auto error = fault({route(any({"h2"}), {name})});
    EXPECT_EQ(error.has_value(), !valid) << name;
    if (error) {
      EXPECT_EQ(error->code, Code::invalid_server_name) << name;
    }
  }
}

TEST(RouteTable, LettingMismatchesThroughNeedsARouteForThem) {
  EXPECT_EQ(fault({route(any({"h2"}))}, Mismatch::ignore)->code, Code::no_route_for_none);
  EXPECT_EQ(fault({route(any({"h2"}))}, Mismatch::report)->code, Code::no_route_for_none);
  EXPECT_FALSE(fault({route(any({"h2", "none"}))}, Mismatch::report));
}

TEST(RouteTable, CountsDistinctProtocolsUpToItsLimit) {
  std::vector<RouteSpec> routes;
  for (std::size_t i = 0; i < RouteTable::max_protocols; ++i)
    routes.push_back(route(any({"p" + std::to_string(i)})));
  EXPECT_FALSE(fault(routes));
  routes.push_back(route(any({"p0"})));
  EXPECT_FALSE(fault(routes));
  routes.push_back(route(any({"one more"})));
  EXPECT_EQ(fault(routes)->code, Code::too_many_protocols);
}

}  // namespace
}  // namespace simplon::route::testing
