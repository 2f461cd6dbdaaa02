// A name that takes longer than there is time for costs that time, and nothing else.
#include "probe/resolve.hpp"

#include <latch>
#include <memory>

#include <gtest/gtest.h>

namespace simplon::probe {

namespace {

using std::chrono::seconds;

const Target target{.host = "www.example.com", .port = 8443};

Addresses one_address(const Target& asked) { return std::vector{*net::Endpoint::from_ip("192.0.2.1", asked.port)}; }

TEST(Resolve, FindsWhatTheLookupFinds) {
  const Addresses found = resolve(target, Clock::now() + seconds(30), one_address);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().to_text(), "192.0.2.1:8443");
}

TEST(Resolve, SaysWhyThereIsNone) {
  const Addresses found =
      resolve(target, Clock::now() + seconds(30), [](const Target&) { return std::unexpected("no such name"); });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), "no such name");
}

TEST(Resolve, AsksNobodyAboutAnAddress) {
  const auto never = [](const Target&) -> Addresses { return std::unexpected("asked"); };
  const Addresses found = resolve({.host = "2001:db8::1", .port = 443}, Clock::now(), never);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->front().to_text(), "[2001:db8::1]:443");
}

TEST(Resolve, WaitsNoLongerThanItMay) {
  const auto hangs = std::make_shared<std::latch>(1);
  // More than may be under way: the last ones wait in vain for their turn.
  for (int i = 0; i < 300; ++i) {
    const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(2);
    const Addresses found = resolve(target, deadline, [hangs](const Target& asked) {
      hangs->wait();
      return one_address(asked);
    });
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), "no address: the resolver does not answer in time");
    EXPECT_GE(Clock::now(), deadline);
  }
  hangs->count_down();
  // Their turns are free again once they have ended.
  EXPECT_TRUE(resolve(target, Clock::now() + seconds(30), one_address));
}

}  // namespace

}  // namespace simplon::probe
