// Warnings: what is legal, but hardly meant.
#include "loading.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string two_routes(std::string_view first, std::string_view second) {
  return "[[route]]\n" + std::string(first) + "\n[[route]]\n" + std::string(second) + "\n";
}

// Whether the second route can never win, on a listener that decides in `order`.
bool shadows(std::string_view first, std::string_view second, std::string_view order = "server") {
  const auto warnings = warnings_of(
      load("[[certificate]]\nchain = \"c\"\nkey = \"k\"\n[[listen]]\nname = \"a\"\naddress = \":1\"\norder = \"" +
           std::string(order) + "\"\n[[listen]]\nname = \"b\"\naddress = \":2\"\n" + two_routes(first, second)));
  if (warnings.empty()) return false;
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("route 2 can never win: route 1 at ")));
  return true;
}

TEST(Shadowed, ByTheSameRoute) { EXPECT_TRUE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn=\"x\"")); }
TEST(Shadowed, ByEvery) { EXPECT_TRUE(shadows("reject=true", "pass=\"h:1\"\nalpn=[\"x\",\"none\"]")); }
TEST(Shadowed, ByMoreNames) { EXPECT_TRUE(shadows("reject=true\nalpn=[\"y\",\"x\"]", "pass=\"h:1\"\nalpn=\"x\"")); }
TEST(Shadowed, ByAnyServerName) {
  EXPECT_TRUE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn=\"x\"\nsni=\"a.example\""));
}
TEST(Shadowed, ByAWildcard) {
  EXPECT_TRUE(shadows("reject=true\nsni=\"*.example\"", "pass=\"h:1\"\nsni=[\"a.example\",\"b.example\"]"));
  EXPECT_TRUE(shadows("reject=true\nsni=\"*.example\"", "pass=\"h:1\"\nsni=\"*.example\""));
}
TEST(Shadowed, OnOneListener) { EXPECT_TRUE(shadows("reject=true\nlisten=\"a\"", "pass=\"h:1\"\nlisten=\"a\"")); }
TEST(Shadowed, FirstAndOnlyByAny) {
  EXPECT_TRUE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn={first=\"x\"}"));
  EXPECT_TRUE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn={only=\"x\"}"));
}
TEST(Shadowed, AllByAnyOfItsNames) {
  EXPECT_TRUE(shadows("reject=true\nalpn=\"y\"", "pass=\"h:1\"\nalpn={all=[\"x\",\"y\"]}"));
}
TEST(Shadowed, OnlyByFirst) {
  EXPECT_TRUE(shadows("reject=true\nalpn={first=\"x\"}", "pass=\"h:1\"\nalpn={only=\"x\"}"));
}
TEST(Shadowed, AllByFewerOfItsNames) {
  EXPECT_TRUE(shadows("reject=true\nalpn={all=[\"x\",\"y\"]}", "pass=\"h:1\"\nalpn={all=[\"x\",\"y\",\"z\"]}"));
}

TEST(NotShadowed, ByOtherNames) {
  EXPECT_FALSE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn=[\"x\",\"y\"]"));
}
TEST(NotShadowed, WhereItTakesNone) {
  EXPECT_FALSE(shadows("reject=true\nalpn=\"x\"", "pass=\"h:1\"\nalpn=[\"x\",\"none\"]"));
}
TEST(NotShadowed, WhereItTakesEvery) { EXPECT_FALSE(shadows("reject=true\nalpn=[\"x\",\"none\"]", "pass=\"h:1\"")); }
TEST(NotShadowed, ByAnotherServerName) {
  EXPECT_FALSE(shadows("reject=true\nsni=\"a.example\"", "pass=\"h:1\"\nsni=[\"a.example\",\"b.example\"]"));
  EXPECT_FALSE(shadows("reject=true\nsni=\"*.example\"", "pass=\"h:1\"\nsni=\"a.b.example\""));
  EXPECT_FALSE(shadows("reject=true\nsni=\"*.example\"", "pass=\"h:1\"\nsni=\"example\""));
  EXPECT_FALSE(shadows("reject=true\nsni=\"a.example\"", "pass=\"h:1\""));
}
TEST(NotShadowed, OnAnotherListener) { EXPECT_FALSE(shadows("reject=true\nlisten=\"a\"", "pass=\"h:1\"")); }
TEST(NotShadowed, ByARouteThatDemandsMore) { EXPECT_FALSE(shadows("reject=true\nmin_tls=\"1.3\"", "pass=\"h:1\"")); }
TEST(NotShadowed, AnyByOnlyOrFirst) {
  EXPECT_FALSE(shadows("reject=true\nalpn={only=\"x\"}", "pass=\"h:1\"\nalpn=\"x\""));
  EXPECT_FALSE(shadows("reject=true\nalpn={first=\"x\"}", "pass=\"h:1\"\nalpn=\"x\""));
}
// Where the client's order decides, a route without a name to select comes last.
TEST(NotShadowed, ByEveryWhereTheClientsOrderDecides) {
  EXPECT_FALSE(shadows("reject=true", "pass=\"h:1\"\nalpn=\"x\"", "client"));
  EXPECT_TRUE(shadows("reject=true", "pass=\"h:1\"\nalpn=\"none\"", "client"));
}
// A route that selects is skipped where h2 is forbidden (RFC 9113 §9.2.2); one that passes then takes the connection.
TEST(NotShadowed, ByH2ThatMayBeForbidden) {
  EXPECT_FALSE(shadows("inspect=true\nalpn=[\"h2\",\"http/1.1\"]", "pass=\"h:1\"\nalpn=\"h2\""));
}

TEST(Lenient, TcpForEveryOfferIsWarnedOf) {
  EXPECT_THAT(warnings_of(load_routes("[[route]]\ntcp = \"h:1\"\nalpn = \"*\"\n")),
              ElementsAre(StartsWith("9:8: route 1 takes any offer and answers none")));
  EXPECT_THAT(warnings_of(load_routes("[[route]]\ntcp = \"h:1\"\n")),
              ElementsAre(StartsWith("7:1: route 1 takes any offer")));
  EXPECT_THAT(warnings_of(load_routes("[[route]]\ntcp = \"h:1\"\nalpn = [\"x\", \"none\"]\n")), IsEmpty());
  EXPECT_THAT(warnings_of(load_routes("[[route]]\npass = \"h:1\"\n")), IsEmpty());
}

TEST(Fallback, H2WithoutHttp11IsWarnedOf) {
  EXPECT_THAT(warnings_of(load_routes("[[route]]\ninspect = true\nalpn = [\"h2\", \"none\"]\n")),
              ElementsAre(StartsWith("9:8: route 1 has h2 but no http/1.1")));
  EXPECT_THAT(warnings_of(load_routes("[[route]]\ninspect = true\nalpn = [\"h2\", \"http/1.1\"]\n")), IsEmpty());
}

TEST(Fallback, IsWantedBeforeAnAppOfBrowsers) {
  EXPECT_THAT(warnings_of(load_routes("[[route]]\nhttp = \"http://a\"\nalpn = \"h2\"\n")),
              ElementsAre(StartsWith("9:8: route 1 has h2 but no http/1.1")));
  EXPECT_THAT(warnings_of(load_routes("[[route]]\nhttp = \"http://a\"\n")), IsEmpty());
  EXPECT_THAT(warnings_of(load_routes("[[route]]\nhttp = \"http://a\"\nalpn = \"*\"\n")), IsEmpty());
}

// Clients of gRPC speak h2 alone.
TEST(Fallback, IsNotWantedBeforeH2c) {
  EXPECT_THAT(warnings_of(load_routes("[[route]]\nhttp = \"h2c://a\"\nalpn = \"h2\"\n")), IsEmpty());
}

TEST(Fallback, MayBeAnotherRoute) {
  EXPECT_THAT(warnings_of(load_routes(two_routes("inspect=true\nalpn=\"h2\"", "pass=\"h:1\"\nalpn=\"http/1.1\""))),
              IsEmpty());
  EXPECT_THAT(
      warnings_of(load_routes(two_routes("inspect=true\nalpn=\"h2\"", "pass=\"h:1\"\nsni=\"a\"\nalpn=\"http/1.1\""))),
      ElementsAre(HasSubstr("route 1 has h2 but no http/1.1")));
}

// A listener without routes is no place where a route that is shadowed elsewhere could win, nor a better order.
TEST(Shadowed, WhateverListenersRedirect) {
  const std::string plain = "[[listen]]\naddress = \":80\"\nredirect = true\n";
  EXPECT_THAT(warnings_of(load_routes(plain + two_routes("reject=true\nlisten=\"public\"", "pass=\"h:1\""))),
              ElementsAre(HasSubstr("route 2 can never win: route 1 at ")));
  EXPECT_THAT(warnings_of(load_routes(plain + two_routes("reject=true\nsni=\"a\"\nlisten=\"public\"", "pass=\"h:1\""))),
              IsEmpty());
}

TEST(Warnings, AreNoneForTheInspectorAlone) { EXPECT_THAT(warnings_of(load_settings("")), IsEmpty()); }

}  // namespace
}  // namespace simplon::config
