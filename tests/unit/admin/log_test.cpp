// The log: where lines go, and what happens when their file moves away.
#include "admin/log.hpp"

#include "support/stream_socket.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon::admin {

namespace {

class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> open(config::LogFormat format = config::LogFormat::json) {
    return Log::open({.workers = {},
                      .user = {},
                      .group = {},
                      .log = config::LogTarget::file,
                      .log_file = file,
                      .log_format = format})
        .value();
  }
  static std::string read(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static record::Connection connection_of(std::string_view listener) {
    record::Connection made;
    made.listener = listener;
    return made;
  }
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "simplon.log";
};

TEST_F(LogTest, WritesALineForEachConnection) {
  {
    const auto log = open();
    EXPECT_TRUE(log->wants_detail());
    log->record(connection_of("one"));
    log->record(connection_of("two"));
  }
  std::istringstream lines(read(file));
  std::string line;
  std::vector<std::string> listeners;
  while (std::getline(lines, line))
    listeners.push_back(nlohmann::json::parse(line)["listener"]);
  EXPECT_EQ(listeners, (std::vector<std::string>{"one", "two"}));
}

TEST_F(LogTest, AppendsToWhatIsThere) {
  std::ofstream(file) << "before\n";
  {
    open()->record(connection_of("one"));
  }
  EXPECT_TRUE(read(file).starts_with("before\n{\"event\":\"connection\""));
}

TEST_F(LogTest, NotesWhatTheGatewaySaysOfItself) {
  {
    open()->note("started", "a \"message\"\n");
  }
  const auto line = nlohmann::json::parse(read(file));
  EXPECT_EQ(line["event"], "started");
  EXPECT_EQ(line["message"], "a \"message\"\n");
  EXPECT_EQ(line.size(), 3U);
}

TEST_F(LogTest, WritesText) {
  {
    const auto log = open(config::LogFormat::text);
    log->record(connection_of("one"));
    log->note("started", "now");
  }
  EXPECT_NE(read(file).find("Z one  failed offered=-"), std::string::npos) << read(file);
  EXPECT_TRUE(read(file).ends_with("Z started: now\n"));
}

TEST_F(LogTest, GoesOnInANewFileAfterRotation) {
  const std::filesystem::path old = folder.path() / "simplon.log.1";
  {
    const auto log = open();
    log->record(connection_of("one"));
    std::filesystem::rename(file, old);
    log->record(connection_of("two"));
    log->reopen();
    EXPECT_TRUE(std::filesystem::exists(file));
    log->record(connection_of("three"));
  }
  // What was queued before may be written on either side of the change; nothing is lost, and nothing new goes to the
  // old file.
  EXPECT_EQ(std::ranges::count(read(old) + read(file), '\n'), 3);
  EXPECT_NE(read(file).find("three"), std::string::npos);
}

TEST_F(LogTest, KeepsTheOldFileWhereTheNewOneCannotBeOpened) {
  const std::filesystem::path logs = folder.path() / "logs";
  std::filesystem::create_directory(logs);
  const config::ServerSettings settings{
      .workers = {}, .user = {}, .group = {}, .log = config::LogTarget::file, .log_file = logs / "simplon.log"};
  const std::filesystem::path moved = folder.path() / "moved";
  {
    const auto log = Log::open(settings).value();
    std::filesystem::rename(logs, moved);
    std::ofstream(logs) << "a file where the folder was";
    log->reopen();
    log->record(connection_of("one"));
  }
  EXPECT_NE(read(moved / "simplon.log").find("log_reopen_failed"), std::string::npos);
  EXPECT_NE(read(moved / "simplon.log").find("\"one\""), std::string::npos);
}

TEST_F(LogTest, SamplesWhatEndsWell) {
  record::Connection failed = connection_of("failed");
  failed.reason = record::Reason::handshake_failed;
  record::Connection lenient = connection_of("would reject");
  lenient.would_reject = true;
  {
    const auto log = Log::open({.workers = {},
                                .user = {},
                                .group = {},
                                .log = config::LogTarget::file,
                                .log_file = file,
                                .log_format = config::LogFormat::json,
                                .log_sample = 10})
                         .value();
    for (int i = 0; i < 100; ++i)
      log->record(connection_of("well"));
    log->record(failed);
    log->record(lenient);
    log->note("stopped", "now");
  }
  std::map<std::string, int> lines;
  std::istringstream all(read(file));
  for (std::string line; std::getline(all, line);) {
    const auto parsed = nlohmann::json::parse(line);
    ++lines[parsed.value("listener", parsed.value("event", ""))];
  }
  EXPECT_EQ(lines, (std::map<std::string, int>{{"well", 10}, {"failed", 1}, {"would reject", 1}, {"stopped", 1}}));
}

// /dev/full is a disk without room: every write fails with ENOSPC.
TEST_F(LogTest, LosesNothingToAFullDiskWithoutSayingSo) {
  const auto until = std::chrono::steady_clock::now() + test::patience;
  // The writer may come before there is room again, or after.
  bool told = false;
  while (!told) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << read(file);
    std::filesystem::remove(file);
    std::filesystem::create_symlink("/dev/full", file);
    {
      const auto log = open();
      log->record(connection_of("first"));
      std::this_thread::yield();
      std::filesystem::remove(file);
      log->reopen();
      log->record(connection_of("last"));
    }
    const std::string text = read(file);
    told = text.find("\"message\":\"1 lines were dropped: No space left on device\"") != std::string::npos;
    EXPECT_NE(told, text.find("\"first\"") != std::string::npos) << text;
    EXPECT_NE(text.find("\"last\""), std::string::npos) << text;
  }
}

TEST_F(LogTest, TakesLinesFromManyThreads) {
  {
    const auto log = open();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 250; ++k)
          log->record(connection_of("busy"));
      });
    }
    for (std::thread& thread : threads)
      thread.join();
  }
  std::istringstream lines(read(file));
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    EXPECT_EQ(nlohmann::json::parse(line)["listener"], "busy");
    ++count;
  }
  EXPECT_EQ(count, 1000);
}

TEST_F(LogTest, WritesNothingWhenOff) {
  const auto log =
      Log::open({.workers = {}, .user = {}, .group = {}, .log = config::LogTarget::off, .log_file = file}).value();
  EXPECT_FALSE(log->wants_detail());
  log->record(connection_of("one"));
  log->note("started", "now");
  log->reopen();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(LogTest, SaysWhichFileItCannotOpen) {
  const auto failed = Log::open(
      {.workers = {}, .user = {}, .group = {}, .log = config::LogTarget::file, .log_file = "/dev/null/simplon.log"});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().find("/dev/null/simplon.log"), std::string::npos) << failed.error();
}

}  // namespace

}  // namespace simplon::admin
