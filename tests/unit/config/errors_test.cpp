// What is wrong with a file as a whole.
#include "loading.hpp"

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(Problem, IsWrittenWithItsPlace) {
  Problem problem;
  problem.message = "no";
  problem.position.file = "a.toml";
  EXPECT_EQ(to_text(problem), "a.toml: no");
  problem.position.line = 3;
  problem.position.column = 7;
  EXPECT_EQ(to_text(problem), "a.toml:3:7: no");
}

TEST(File, MustBeToml) { expect_problem(load("[server]\nworkers = = 1\n"), "2:11", "no valid TOML: "); }

TEST(File, MustBeUtf8) { expect_problem(load("# \xff\n"), "1:2", "no valid TOML: "); }

TEST(File, MustNotNameAKeyTwice) {
  expect_problem(load("[server]\nworkers = 1\nworkers = 2\n"), "3:11", "no valid TOML: ");
}

TEST(File, NeedsAListenerAndARoute) {
  EXPECT_THAT(problems_of(load("")), ElementsAre(StartsWith("1:1: no listener"), StartsWith("1:1: no route")));
}

TEST(File, HasNoUnknownTables) {
  expect_problem(load_settings("[limit]\n"), "1:2", "unknown key \"limit\" at the top level; did you mean \"limits\"?");
}

TEST(File, WantsDoubleBracketsForWhatStandsSeveralTimes) {
  EXPECT_THAT(problems_of(load("[listen]\naddress = \":1\"\n[[route]]\nreject = true\n")),
              ElementsAre(StartsWith("1:1: no listener"),
                          StartsWith("1:2: `listen` must be a list of tables: write [[listen]]")));
}

TEST(File, ReportsEverythingAtOnceFromTopToBottom) {
  EXPECT_THAT(problems_of(load("[server]\nlog_format = \"xml\"\nuser = 7\n[[listen]]\naddress = \"x\"\n[[route]]\n"
                               "sni = \"a b\"\nalpn = \"%\"\nlisten = \"nobody\"\n")),
              ElementsAre(StartsWith("2:14: "), StartsWith("3:8: "), StartsWith("5:11: "), StartsWith("6:1: "),
                          StartsWith("7:7: "), StartsWith("8:8: "), StartsWith("9:10: ")));
}

TEST(File, MustBeReadable) {
  const auto loaded = load_file("/nonexistent/simplon.toml");
  ASSERT_FALSE(loaded);
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(to_text(loaded.error()[0]), "/nonexistent/simplon.toml: cannot be read: No such file or directory");
}

TEST(File, MustBeNoFolder) {
  const auto loaded = load_file("/");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(to_text(loaded.error()[0]), StartsWith("/: cannot be read: "));
}

}  // namespace
}  // namespace simplon::config
