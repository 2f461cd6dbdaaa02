// Runs the real program, as a shell would.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace simplon::cli {

/// What a run left behind.
struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "simplon-cli-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  /// Writes a file and returns its path.
  [[nodiscard]] std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Runs `simplon` with `arguments` and `input` on its standard input, and waits for its end.
inline Outcome run(std::vector<std::string> arguments, std::string_view input = "") {
  const Folder folder;
  const std::string in = folder.write("in", input);
  const std::string out = folder.path() / "out";
  const std::string err = folder.path() / "err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT, 0600);
  std::string program = SIMPLON_BINARY;
  std::vector<char*> argv{program.data()};
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = -1;
  const int spawned = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(spawned, 0);
  if (spawned != 0) return {};
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return {.status = WEXITSTATUS(status), .out = folder.read("out"), .err = folder.read("err")};
}

/// Two routes by name, one for everybody else; the last line is 16.
inline constexpr std::string_view three_routes =
    "[[listen]]\nname = \"public\"\naddress = \"127.0.0.1:8443\"\n"
    "[[listen]]\nname = \"lenient\"\naddress = \"127.0.0.1:8444\"\nmismatch = \"report\"\n"
    "[[route]]\nsni = \"a.example\"\nalpn = \"h2\"\npass = \"127.0.0.1:1\"\n"
    "[[route]]\nlisten = \"public\"\nsni = \"b.example\"\nalpn = \"x\"\nreject = true\n"
    "[[route]]\nlisten = \"lenient\"\nalpn = \"none\"\npass = \"127.0.0.1:2\"\n";

}  // namespace simplon::cli
