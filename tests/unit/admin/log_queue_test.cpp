// Lines between the threads that serve and the one that writes.
#include "admin/log_queue.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace simplon::admin {
namespace {

std::vector<std::string> drained(LogQueue& queue) {
  std::vector<std::string> lines;
  queue.drain([&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(LogQueue, KeepsTheOrderOfOneThread) {
  LogQueue queue;
  queue.push("one");
  queue.push("two");
  EXPECT_EQ(drained(queue), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(drained(queue).empty());
}

TEST(LogQueue, DropsAndCountsWhatDoesNotFit) {
  LogQueue queue;
  for (std::size_t i = 0; i < LogQueue::capacity + 7; ++i)
    queue.push(std::to_string(i));
  std::size_t lines = 0;
  EXPECT_EQ(queue.drain([&](std::string_view) { ++lines; }), 7U);
  EXPECT_EQ(lines, LogQueue::capacity);
  EXPECT_EQ(queue.drain([](std::string_view) {}), 0U);
}

TEST(LogQueue, HasAllThatEndedThreadsHaveSaid) {
  LogQueue queue;
  for (int i = 0; i < 100; ++i)
    std::thread([&] { queue.push("a line"); }).join();
  EXPECT_EQ(drained(queue).size(), 100U);
}

TEST(LogQueue, WakesWhoWaits) {
  LogQueue queue;
  std::thread other([&] { queue.push("a line"); });
  std::vector<std::string> lines;
  while (lines.empty()) {
    queue.wait();
    lines = drained(queue);
  }
  other.join();
  EXPECT_EQ(lines, std::vector<std::string>{"a line"});
}

TEST(LogQueue, ChoosesOneInSoMany) {
  LogQueue queue;
  int chosen = 0;
  for (int i = 0; i < 100; ++i)
    chosen += queue.choose(10) ? 1 : 0;
  EXPECT_EQ(chosen, 10);
}

// A queue where an old one was: a thread's ring must not be the old one's.
TEST(LogQueue, IsNotTakenForAFormerOne) {
  for (int i = 0; i < 3; ++i) {
    LogQueue queue;
    queue.push(std::to_string(i));
    EXPECT_EQ(drained(queue), std::vector<std::string>{std::to_string(i)});
  }
}

}  // namespace
}  // namespace simplon::admin
