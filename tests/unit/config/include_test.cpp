// `include`, with real files in a folder of each test's own.
#include "loading.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace simplon::config {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class Include : public testing::Test {
 protected:
  Include() {
    std::string pattern = (std::filesystem::temp_directory_path() / "simplon[config]XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~Include() override { std::filesystem::remove_all(folder_); }
  Include(const Include&) = delete;
  Include& operator=(const Include&) = delete;

  void write(const std::filesystem::path& name, std::string_view text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  [[nodiscard]] Loaded load_main(std::string_view text) const {
    write("main.toml", text);
    return load_file(folder_ / "main.toml");
  }

  // The problems, with paths relative to the test's folder.
  [[nodiscard]] std::vector<std::string> problems(const Loaded& loaded) const {
    if (loaded) return {"fine"};
    std::vector<std::string> out;
    for (const Problem& each : loaded.error())
      out.push_back(to_text(each).substr(folder_.native().size() + 1));
    return out;
  }

  std::filesystem::path folder_;
};

constexpr std::string_view listener = "[[listen]]\nname = \"public\"\naddress = \":443\"\n";

TEST_F(Include, ReadsFilesByNameBeforeTheMainFilesOwnTables) {
  write("conf.d/b.toml", "[[route]]\nsni = \"b\"\nreject = true\n");
  write("conf.d/a.toml", "[[route]]\nsni = \"a\"\nreject = true\n");
  write("conf.d/ignored.txt", "not TOML");
  const auto loaded =
      load_main("include = \"conf.d/*.toml\"\n" + std::string(listener) + "[[route]]\nsni = \"m\"\nreject = true\n");
  ASSERT_THAT(problems(loaded), ElementsAre("fine"));
  ASSERT_EQ(loaded->routes.size(), 3U);
  EXPECT_THAT(loaded->table.routes()[0].server_names, ElementsAre("a"));
  EXPECT_THAT(loaded->table.routes()[1].server_names, ElementsAre("b"));
  EXPECT_THAT(loaded->table.routes()[2].server_names, ElementsAre("m"));
  EXPECT_EQ(loaded->routes[1].position.file, folder_ / "conf.d/b.toml");
}

TEST_F(Include, ReadsSeveralPatternsInTheirOrderAndEachFileOnce) {
  write("conf.d/a.toml", "[[route]]\nsni = \"a\"\nreject = true\n");
  write("conf.d/b.toml", "[[route]]\nsni = \"b\"\nreject = true\n");
  const auto loaded = load_main("include = [\"conf.d/b.toml\", \"conf.d/*.toml\"]\n" + std::string(listener));
  ASSERT_THAT(problems(loaded), ElementsAre("fine"));
  ASSERT_EQ(loaded->routes.size(), 2U);
  EXPECT_THAT(loaded->table.routes()[0].server_names, ElementsAre("b"));
}

TEST_F(Include, ReadsListenersAndCertificatesToo) {
  write("more/x.toml", std::string(listener) + "[[certificate]]\nchain = \"c.pem\"\nkey = \"k.pem\"\n");
  const auto loaded = load_main("include = \"more/x.toml\"\n[[route]]\nlisten = \"public\"\ninspect = true\n");
  ASSERT_THAT(problems(loaded), ElementsAre("fine"));
  EXPECT_EQ(loaded->listeners[0].name, "public");
  // Relative to the file that it stands in.
  EXPECT_EQ(std::get<CertificateFiles>(loaded->certificates[0].source).chain, folder_ / "more/c.pem");
}

TEST_F(Include, MayMatchNothing) {
  EXPECT_THAT(
      problems(load_main("include = \"conf.d/*.toml\"\n" + std::string(listener) + "[[route]]\nreject = true\n")),
      ElementsAre("fine"));
}

TEST_F(Include, MustFindAFileThatItNames) {
  EXPECT_THAT(problems(load_main("include = [\"x.toml\"]\n" + std::string(listener) + "[[route]]\nreject = true\n")),
              ElementsAre("main.toml:1:12: `include`: no file \"x.toml\""));
}

TEST_F(Include, KeepsPositionsOfEveryFile) {
  write("conf.d/a.toml", "[[route]]\nsni = \"a b\"\nreject = true\n");
  EXPECT_THAT(problems(load_main("include = \"conf.d/*.toml\"\n[[listen]]\naddress = \"x\"\n")),
              ElementsAre(StartsWith("main.toml:3:11: "), StartsWith("conf.d/a.toml:2:7: ")));
}

TEST_F(Include, ReportsSyntaxWhereItIs) {
  write("conf.d/a.toml", "[[route]\n");
  EXPECT_THAT(problems(load_main("include = \"conf.d/*.toml\"\n[[listen]]\naddress = \":443\"\n")),
              ElementsAre(StartsWith("conf.d/a.toml:1:9: no valid TOML: ")));
}

TEST_F(Include, IsNotNested) {
  write("conf.d/a.toml", "include = \"b.toml\"\n[[route]]\nreject = true\n");
  EXPECT_THAT(problems(load_main("include = \"conf.d/*.toml\"\n" + std::string(listener))),
              ElementsAre("conf.d/a.toml:1:1: an included file must not include others: name them in the main file"));
}

TEST_F(Include, LeavesSettingsToTheMainFile) {
  write("conf.d/a.toml", "[server]\nworkers = 2\n[[route]]\nreject = true\n");
  EXPECT_THAT(problems(load_main("include = \"conf.d/*.toml\"\n" + std::string(listener))),
              ElementsAre(StartsWith("conf.d/a.toml:1:2: `server` belongs in the main file")));
}

TEST_F(Include, LeavesItselfOut) {
  EXPECT_THAT(problems(load_main("include = \"*.toml\"\n" + std::string(listener) + "[[route]]\nreject = true\n")),
              ElementsAre(StartsWith("main.toml:1:11: `include`: \"*.toml\" matches this file itself")));
}

TEST(IncludeFromText, IsRefused) {
  expect_problem(load_settings("include = \"*.toml\"\n"), "1:1", "`include` needs a configuration that is a file");
}

}  // namespace
}  // namespace simplon::config
