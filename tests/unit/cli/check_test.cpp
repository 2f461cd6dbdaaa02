#include "running.hpp"

namespace simplon::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Check, FindsAValidConfigurationFine) {
  const Folder folder;
  const std::string file = folder.write("simplon.toml", three_routes);
  const Outcome outcome = run({"check", "-c", file});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, file + ": fine (2 listeners, 3 routes)\n");
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(Check, KnowsRoutesOfHttpAndRedirects) {
  const Folder folder;
  const std::string file =
      folder.write("simplon.toml",
                   "[[listen]]\naddress = \":80\"\nredirect = true\n[[listen]]\naddress = \":443\"\n"
                   "[[certificate]]\nchain = \"nowhere.pem\"\nkey = \"nowhere.key\"\n[[route]]\nhttp = \"http://a\"\n");
  const Outcome outcome = run({"check", "-c", file});
  EXPECT_EQ(outcome.status, 1);
  // Nothing but the certificate is missing.
  EXPECT_THAT(outcome.err, StartsWith(file + ":6:1: "));
  EXPECT_THAT(outcome.err, HasSubstr("nowhere.pem"));
}

TEST(Check, WarnsButIsFine) {
  const Folder folder;
  const std::string file = folder.write("simplon.toml", std::string(three_routes) +
                                                            "[[route]]\nsni = \"a.example\"\n"
                                                            "alpn = \"h2\"\nreject = true\n");
  const Outcome outcome = run({"check", "--config", file});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("4 routes, 1 warning)"));
  EXPECT_THAT(outcome.err, StartsWith(file + ":21:1: warning: route 4 can never win"));
}

TEST(Check, TellsErrorsWhereTheyStand) {
  const Folder folder;
  const std::string file =
      folder.write("simplon.toml", "[[listen]]\naddress = \"x\"\n[[route]]\nreject = true\nx = 1\n");
  const Outcome outcome = run({"check", "-c", file});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(outcome.err,
            file + ":2:11: \"x\" lacks a port: write host:port\n" + file + ":5:1: unknown key \"x\" in `route`\n");
}

TEST(Check, CannotRunWithoutTheFile) {
  const Outcome outcome = run({"check", "-c", "/nonexistent.toml"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.err, "/nonexistent.toml: cannot be read: No such file or directory\n");
}

}  // namespace
}  // namespace simplon::cli
