// How many connections a client has, and who counts as one client.
#include "gateway/client_counts.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace simplon::gateway {

namespace {

net::Endpoint at(const char* ip, std::uint16_t port = 1) { return net::Endpoint::from_ip(ip, port).value(); }

// Whether `other` counts as the client that `one` is.
bool count_as_one(const char* one, const char* other) {
  ClientCounts counts;
  EXPECT_TRUE(counts.add(at(one), 1));
  return !counts.add(at(other, 2), 1);
}

TEST(ClientCounts, CountUpToTheLimit) {
  ClientCounts counts;
  EXPECT_TRUE(counts.add(at("192.0.2.1", 1), 2));
  EXPECT_TRUE(counts.add(at("192.0.2.1", 2), 2));
  EXPECT_FALSE(counts.add(at("192.0.2.1", 3), 2));
  EXPECT_TRUE(counts.add(at("192.0.2.2", 1), 2));
}

TEST(ClientCounts, CountDownAgain) {
  ClientCounts counts;
  ASSERT_TRUE(counts.add(at("192.0.2.1"), 1));
  counts.remove(at("192.0.2.1", 9));
  EXPECT_TRUE(counts.add(at("192.0.2.1"), 1));
  EXPECT_FALSE(counts.add(at("192.0.2.1"), 1));
}

TEST(ClientCounts, DoNotCountWhomTheyRefuse) {
  ClientCounts counts;
  ASSERT_TRUE(counts.add(at("192.0.2.1"), 1));
  ASSERT_FALSE(counts.add(at("192.0.2.1"), 1));
  counts.remove(at("192.0.2.1"));
  EXPECT_TRUE(counts.add(at("192.0.2.1"), 1));
}

TEST(ClientCounts, TakeAnIpv4AddressForAClient) {
  EXPECT_TRUE(count_as_one("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(count_as_one("192.0.2.1", "192.0.2.2"));
}

// RFC 4291 §2.5.5.2: the same client, through a dual-stack listener.
TEST(ClientCounts, TakeAMappedAddressForItsIpv4Address) {
  EXPECT_TRUE(count_as_one("192.0.2.1", "::ffff:192.0.2.1"));
  EXPECT_FALSE(count_as_one("192.0.2.1", "::ffff:192.0.2.2"));
}

// RFC 6177 §2: a subscriber has a /64 at least.
TEST(ClientCounts, TakeAnIpv6PrefixForAClient) {
  EXPECT_TRUE(count_as_one("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
  EXPECT_FALSE(count_as_one("2001:db8:1:2::1", "2001:db8:1:3::1"));
}

// 2001:db8::/64 begins with the bytes of 32.1.13.184.
TEST(ClientCounts, TellIpv4FromIpv6) {
  EXPECT_FALSE(count_as_one("2001:db8::1", "32.1.13.184"));
  EXPECT_FALSE(count_as_one("2001:db8::1", "::ffff:32.1.13.184"));
  EXPECT_FALSE(count_as_one("::1", "0.0.0.0"));
}

TEST(ClientCounts, CountWhoArrivesInOneSecond) {
  using std::chrono::seconds;
  ClientCounts counts;
  EXPECT_TRUE(counts.arrive(at("192.0.2.1"), 2, seconds(7)));
  EXPECT_TRUE(counts.arrive(at("192.0.2.1"), 2, seconds(7)));
  EXPECT_FALSE(counts.arrive(at("192.0.2.1"), 2, seconds(7)));
  EXPECT_TRUE(counts.arrive(at("192.0.2.2"), 2, seconds(7)));
  EXPECT_TRUE(counts.arrive(at("192.0.2.1"), 2, seconds(8)));
}

TEST(ClientCounts, MayBeSharedByThreads) {
  ClientCounts counts;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        if (counts.add(at("192.0.2.1"), 3)) counts.remove(at("192.0.2.1"));
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_TRUE(counts.add(at("192.0.2.1"), 1));
}

}  // namespace

}  // namespace simplon::gateway
