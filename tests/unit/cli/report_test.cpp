#include "running.hpp"

#include <nlohmann/json.hpp>

namespace simplon::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string connection(const std::string& listener, const std::string& offered, const std::string& ja4, bool refused) {
  return R"({"event":"connection","listener":")" + listener + R"(","offered":[)" + offered + R"(],"ja4":")" + ja4 +
         R"(","would_reject":)" + (refused ? "true" : "false") + "}\n";
}

std::string log() {
  return R"({"event":"listening","message":"127.0.0.1:443"})"
         "\n" +
         connection("public", R"("h2","http/1.1")", "a", false) + connection("public", R"("spdy/3")", "b", true) +
         connection("public", R"("spdy/3")", "c", true) + connection("public", R"("spdy/3")", "b", true) +
         connection("public", R"("x")", "b", true) + connection("other", R"("h2")", "a", false) +
         R"({"event":"request","would_reject":true})"
         "\n";
}

TEST(Report, SumsUpByListenerOfferAndClient) {
  const Outcome outcome = run({"report"}, log());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.out,
            "listener other: 0 of 1 connections would be refused (0.00 %)\n"
            "listener public: 4 of 5 connections would be refused (80.00 %)\n"
            "          3  spdy/3\n"
            "          2    b\n"
            "          1    c\n"
            "          1  x\n"
            "          1    b\n");
}

TEST(Report, SaysTheSameInJson) {
  const Folder folder;
  const Outcome outcome = run({"report", "--json", folder.write("simplon.log", log())});
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report["connections"], 6);
  EXPECT_EQ(report["would_reject"], 4);
  EXPECT_EQ(report["listeners"][1]["listener"], "public");
  EXPECT_EQ(report["listeners"][1]["offers"][0]["offered"], "spdy/3");
  EXPECT_EQ(report["listeners"][1]["offers"][0]["clients"][0]["ja4"], "b");
  EXPECT_EQ(report["listeners"][1]["offers"][0]["clients"][0]["connections"], 2);
}

TEST(Report, IsFineWhereNobodyWouldBeRefused) {
  EXPECT_EQ(run({"report"}, connection("public", R"("h2")", "a", false)).status, 0);
  const Outcome nothing = run({"report"}, "");
  EXPECT_EQ(nothing.status, 0);
  EXPECT_EQ(nothing.out, "no connections in the log\n");
}

TEST(Report, PassesOverWhatIsNoLog) {
  const Outcome outcome =
      run({"report"}, "garbage\n[1]\n{\"event\":\"connection\"}\n{\"event\":1}\n\n" + connection("a", "1", "b", true));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("2 lines are no JSON and were passed over"));
}

TEST(Report, PrintsNothingThatSteersATerminal) {
  const Outcome outcome = run({"report"}, connection("public", R"("\u001b[2J")", "\\u001b[31m", true));
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

TEST(Report, KeepsNoMoreThanItsBound) {
  std::string log;
  for (int i = 0; i < 1500; ++i)
    log += connection("public", '"' + std::to_string(i) + '"', "a", true);
  const json report = json::parse(run({"report", "--json"}, log).out);
  EXPECT_EQ(report["listeners"][0]["offers"].size(), 1001U);
  EXPECT_EQ(report["listeners"][0]["offers"][0]["offered"], "other");
  EXPECT_EQ(report["listeners"][0]["offers"][0]["connections"], 500);
}

TEST(Report, NeedsALogThatIsThere) {
  const Outcome outcome = run({"report", "/nowhere/simplon.log"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("/nowhere/simplon.log: No such file"));
}

}  // namespace
}  // namespace simplon::cli
