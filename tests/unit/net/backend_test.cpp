// A group of backends: whose turn it is, and who is set aside.
#include "net/backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::net {

namespace {

using testing::ElementsAre;

std::vector<Backend> some(std::size_t count) {
  std::vector<Backend> backends;
  for (std::size_t i = 0; i < count; ++i)
    backends.push_back({.text = std::to_string(i), .endpoint = {}, .host = {}, .port = 0});
  return backends;
}

TEST(BackendGroup, TakesTurns) {
  const BackendGroup group(some(3));
  EXPECT_THAT(group.order(), ElementsAre(0, 1, 2));
  EXPECT_THAT(group.order(), ElementsAre(1, 2, 0));
  EXPECT_THAT(group.order(), ElementsAre(2, 0, 1));
  EXPECT_THAT(group.order(), ElementsAre(0, 1, 2));
}

TEST(BackendGroup, OfOneIsAlwaysThatOne) {
  const BackendGroup group(some(1));
  EXPECT_THAT(group.order(), ElementsAre(0));
  group.report(0, false);
  EXPECT_THAT(group.order(), ElementsAre(0));
}

TEST(BackendGroup, TriesThoseThatFailedLast) {
  const BackendGroup group(some(3));
  group.report(0, false);
  EXPECT_THAT(group.order(), ElementsAre(1, 2, 0));
  group.report(1, false);
  EXPECT_THAT(group.order(), ElementsAre(2, 1, 0));
}

TEST(BackendGroup, TriesAllWhenAllHaveFailed) {
  const BackendGroup group(some(2));
  group.report(0, false);
  group.report(1, false);
  EXPECT_THAT(group.order(), ElementsAre(0, 1));
  EXPECT_THAT(group.order(), ElementsAre(1, 0));
}

TEST(BackendGroup, ForgetsAFailureOnceReached) {
  const BackendGroup group(some(2));
  group.report(0, false);
  group.report(0, true);
  EXPECT_THAT(group.order(), ElementsAre(0, 1));
}

TEST(BackendGroup, KnowsItsMembers) {
  const BackendGroup group(some(2));
  EXPECT_EQ(group.size(), 2U);
  EXPECT_EQ(group.backend(1).text, "1");
}

}  // namespace

}  // namespace simplon::net
