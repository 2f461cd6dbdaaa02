// The command line itself.
#include "running.hpp"

namespace simplon::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Usage, IsWrongWithoutACommand) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("subcommand is required"));
}

TEST(Usage, IsWrongWithWhatNobodyKnows) {
  EXPECT_EQ(run({"chekc"}).status, 2);
  EXPECT_EQ(run({"check", "--bogus"}).status, 2);
  EXPECT_EQ(run({"check"}).status, 2);
  EXPECT_EQ(run({"check", "-c", "a", "b"}).status, 2);
}

TEST(Usage, IsToldWithAnExampleForEveryCommand) {
  for (const std::string command : {"check", "explain", "decode", "version"}) {
    const Outcome outcome = run({command, "--help"});
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_THAT(outcome.out, HasSubstr("Example:\n  simplon " + command));
    EXPECT_THAT(outcome.err, IsEmpty());
    EXPECT_THAT(run({"--help"}).out, HasSubstr("\n  " + command));
  }
}

TEST(Serve, TakesAUrlOrAFile) {
  const Folder folder;
  const std::string file = folder.write("simplon.toml", three_routes);
  const Outcome both = run({"serve", "-c", file, "--http", "http://127.0.0.1:3000"});
  EXPECT_EQ(both.status, 2);
  EXPECT_THAT(both.err, HasSubstr("--http"));
}

TEST(Serve, TellsWhatIsWrongWithAUrl) {
  const Outcome outcome = run({"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:3000"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("--http: \"127.0.0.1:3000\" is no URL of a backend: write http://host:port"));
  EXPECT_THAT(run({"serve", "--http", ""}).err, StartsWith("--http: \"\" is no URL of a backend"));
}

TEST(Version, TellsWhatTheProgramIsMadeOf) {
  const Outcome outcome = run({"version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, StartsWith("simplon " SIMPLON_VERSION "\nTLS library: "));
  EXPECT_THAT(outcome.out, HasSubstr("\ncompiler: "));
}

TEST(Version, IsAFlagToo) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, SIMPLON_VERSION "\n");
}

TEST(Output, HasNoColourInAFile) {
  setenv("TERM", "xterm", 1);
  const Folder folder;
  const std::string file = folder.write("simplon.toml", three_routes);
  EXPECT_EQ(run({"check", "-c", file}).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(run({"explain", "-c", file}).out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace simplon::cli
