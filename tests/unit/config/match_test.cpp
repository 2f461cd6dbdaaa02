// A route's `alpn`, and what its absence means.
#include "loading.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

route::Match match_of(std::string_view route) {
  auto loaded = load_routes("[[route]]\n" + std::string(route));
  EXPECT_THAT(problems_of(loaded), ElementsAre("fine"));
  return loaded.value().table.routes()[0].match;
}

std::vector<std::string> names_of(const route::Match& match) {
  std::vector<std::string> names;
  for (const ProtocolId& id : match.names)
    names.push_back(to_text(id));
  return names;
}

TEST(Match, ReadsAName) {
  const auto match = match_of("inspect = true\nalpn = \"http/1.1\"\n");
  EXPECT_EQ(match.kind, route::MatchKind::any);
  EXPECT_THAT(names_of(match), ElementsAre("http/1.1"));
  EXPECT_FALSE(match.none);
  EXPECT_FALSE(match.every);
}

TEST(Match, ReadsAListInItsOrder) {
  const auto match = match_of("inspect = true\nalpn = [\"http/1.1\", \"none\", \"h2\"]\n");
  EXPECT_EQ(match.kind, route::MatchKind::any);
  EXPECT_THAT(names_of(match), ElementsAre("http/1.1", "h2"));
  EXPECT_TRUE(match.none);
}

TEST(Match, ReadsNone) {
  const auto match = match_of("inspect = true\nalpn = \"none\"\n");
  EXPECT_THAT(names_of(match), IsEmpty());
  EXPECT_TRUE(match.none);
}

TEST(Match, ReadsEvery) {
  const auto match = match_of("reject = true\nalpn = \"*\"\n");
  EXPECT_THAT(names_of(match), IsEmpty());
  EXPECT_TRUE(match.every);
}

TEST(Match, ReadsEveryKind) {
  EXPECT_EQ(match_of("inspect = true\nalpn = { any = \"h2\" }\n").kind, route::MatchKind::any);
  EXPECT_EQ(match_of("inspect = true\nalpn = { only = \"h2\" }\n").kind, route::MatchKind::only);
  EXPECT_EQ(match_of("inspect = true\nalpn = { first = \"h2\" }\n").kind, route::MatchKind::first);
  EXPECT_EQ(match_of("tcp = \"h:1\"\nalpn.all = [\"h2\", \"x\"]\n").kind, route::MatchKind::all);
}

TEST(Match, TakesNoneAndEveryAsNamesInsideATable) {
  const auto match = match_of("tcp = \"h:1\"\nalpn = { any = [\"none\", \"*\"] }\n");
  EXPECT_THAT(names_of(match), ElementsAre("none", "*"));
  EXPECT_FALSE(match.none);
  EXPECT_FALSE(match.every);
}

TEST(Match, ReadsTheTextForm) {
  const auto match = match_of("tcp = \"h:1\"\nalpn = \"a%2Cb%00%ff\"\n");
  ASSERT_EQ(match.names.size(), 1U);
  EXPECT_EQ(match.names[0].view().bytes(), std::string_view("a,b\0\xff", 5));
}

TEST(Match, IsHttpByDefaultWhereHttpIsSpoken) {
  for (const std::string_view action : {"inspect = true\n", "http = \"http://a\"\n", "http = \"h2c://a\"\n"}) {
    const auto match = match_of(action);
    EXPECT_EQ(match.kind, route::MatchKind::any) << action;
    EXPECT_THAT(names_of(match), ElementsAre("h2", "http/1.1")) << action;
    EXPECT_TRUE(match.none) << action;
  }
}

TEST(Match, MayBeEveryWhereHttpIsSpoken) {
  const auto match = match_of("http = \"http://a\"\nalpn = \"*\"\n");
  EXPECT_TRUE(match.every);
  EXPECT_THAT(names_of(match), IsEmpty());
}

TEST(Match, IsEveryByDefaultElsewhere) {
  for (const std::string_view action : {"pass = \"h:1\"\n", "tcp = \"h:1\"\n", "reject = true\n"}) {
    const auto match = match_of(action);
    EXPECT_TRUE(match.every) << action;
    EXPECT_THAT(names_of(match), IsEmpty()) << action;
  }
}

TEST(Match, LetsH2cPassUntouched) {
  EXPECT_THAT(names_of(match_of("pass = \"h:1\"\nalpn = \"h2c\"\n")), ElementsAre("h2c"));
}

struct Wrong {
  std::string_view route;  ///< the route's keys from line 8 on
  std::string_view at;
  std::string_view says;
};

class WrongMatch : public testing::TestWithParam<Wrong> {};

TEST_P(WrongMatch, IsReportedWhereItStands) {
  expect_problem(load_routes("[[route]]\n" + std::string(GetParam().route)), GetParam().at, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Matches, WrongMatch,
    testing::Values(
        // RFC 8701: GREASE names are never selected.
        Wrong{"inspect = true\nalpn = [\"h2\", \"%0A%0A\"]\n", "9:15", "GREASE name (RFC 8701)"},
        Wrong{"pass = \"h:1\"\nalpn = { only = \"%FA%FA\" }\n", "9:17", "GREASE name (RFC 8701)"},
        // RFC 9113 §3.2: h2c is for cleartext.
        Wrong{"inspect = true\nalpn = \"h2c\"\n", "9:8", "\"h2c\" is never selected inside TLS (RFC 9113 §3.2)"},
        Wrong{"tcp = \"h:1\"\nalpn = [\"x\", \"h2c\"]\n", "9:14", "\"h2c\" is never selected inside TLS"},
        // RFC 8737 §3: acme-tls/1 is offered alone.
        Wrong{"pass = \"h:1\"\nalpn = { all = [\"x\", \"acme-tls/1\"] }\n", "9:22",
              "only ever offered alone (RFC 8737 §3)"},
        Wrong{"inspect = true\nalpn = [\"h2\", \"*\"]\n", "9:15", "\"*\" stands alone, never in a list"},
        Wrong{"inspect = true\nalpn = [\"h2\", \"h2\"]\n", "9:15", "\"h2\" is listed twice"},
        Wrong{"inspect = true\nalpn = [\"none\", \"none\"]\n", "9:17", "\"none\" is listed twice"},
        Wrong{"inspect = true\nalpn = []\n", "9:8", "`alpn` must not be an empty list"},
        Wrong{"inspect = true\nalpn = \"\"\n", "9:8", "`alpn` must not be empty"},
        Wrong{"inspect = true\nalpn = \"a b\"\n", "9:8", "\"a b\" is no protocol name"},
        Wrong{"inspect = true\nalpn = \"a%2\"\n", "9:8", "is no protocol name"},
        Wrong{"inspect = true\nalpn = 2\n", "9:8", "`alpn` must be a string or a list of strings, not an integer"},
        Wrong{"inspect = true\nalpn = [\"h2\", 3]\n", "9:15", "`alpn` must be a string, not an integer"},
        Wrong{"inspect = true\nalpn = {}\n", "9:8", "needs one of `any`, `only`, `first` and `all`"},
        Wrong{"inspect = true\nalpn = { any = \"a\", only = \"b\" }\n", "9:21",
              "one kind of match, and `any` is one already"},
        Wrong{"inspect = true\nalpn = { any = \"h2\", onyl = \"h2\" }\n", "9:22",
              "unknown key \"onyl\" in `alpn`; did you mean \"only\"?"},
        Wrong{"inspect = true\nalpn = { any = [] }\n", "9:16", "`any` must not be an empty list"}));

// RFC 7301 §3.2: the protocol selected is the one spoken.
TEST(Match, NamesWhatItsActionSpeaks) {
  expect_problem(load_routes("[[route]]\ninspect = true\nalpn = [\"h2\", \"mqtt\"]\n"), "9:8",
                 "speaks h2 and http/1.1 only: remove \"mqtt\"");
  expect_problem(load_routes("[[route]]\nhttp = \"h2c://a\"\nalpn = \"grpc\"\n"), "9:8",
                 "speaks h2 and http/1.1 only: remove \"grpc\"");
  expect_problem(load_routes("[[route]]\nhttp = \"h2c://a\"\nalpn = \"h2c\"\n"), "9:8",
                 "\"h2c\" is never selected inside TLS");
}

TEST(Match, MayNameNoMoreProtocolsThanATableHolds) {
  std::string list;
  for (std::size_t i = 0; i <= route::RouteTable::max_protocols; ++i)
    list += "\"x" + std::to_string(i) + "\",";
  expect_problem(load_routes("[[route]]\ntcp = \"h:1\"\nalpn = [" + list + "]\n"), "9:8", "more than 1024 distinct");
}

}  // namespace
}  // namespace simplon::config
