// What one shard counts, and that others may read it meanwhile.
#include "record/counters.hpp"

#include "simplon/alpn/protocol_list.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace simplon::record {
namespace {

using std::chrono::microseconds;

std::shared_ptr<const Labels> make_labels() {
  return std::make_shared<const Labels>(std::vector<std::string>{"public", "internal"},
                                        std::vector{protocol::h2, protocol::http_1_1},
                                        std::vector<std::string>{"a:1", "b:2"});
}

ProtocolList offer_of(const std::vector<std::string>& names) {
  std::vector<ProtocolIdView> ids;
  for (const std::string& name : names)
    ids.push_back(*ProtocolIdView::from(name));
  return *ProtocolList::from(ids);
}

struct ShardCounters : testing::Test {
  [[nodiscard]] std::uint64_t offered(ProtocolIdView id) const {
    return counters.protocols[counters.labels->protocol(id)].offered.value();
  }
  Counters counters{make_labels()};
};

TEST_F(ShardCounters, CountConnectionsByListenerAndVerdict) {
  counters.begin_connection(0);
  counters.begin_connection(1);
  counters.begin_connection(1);
  EXPECT_EQ(counters.listeners[1].active.value(), 2U);
  Connection facts;
  facts.verdict = Verdict::passed;
  counters.end_connection(1, facts);
  facts.verdict = Verdict::rejected;
  facts.reason = Reason::no_common_protocol;
  counters.end_connection(1, facts);
  EXPECT_EQ(counters.listeners[0].active.value(), 1U);
  EXPECT_EQ(counters.listeners[1].active.value(), 0U);
  EXPECT_EQ(counters.listeners[1].connections[static_cast<std::size_t>(Verdict::passed)].value(), 1U);
  EXPECT_EQ(counters.listeners[1].connections[static_cast<std::size_t>(Verdict::rejected)].value(), 1U);
  EXPECT_EQ(counters.rejects[static_cast<std::size_t>(Reason::no_common_protocol)].value(), 1U);
  facts.verdict = Verdict::terminated;
  facts.reason = Reason::idle_timeout;
  counters.end_connection(0, facts);
  EXPECT_EQ(counters.failures[static_cast<std::size_t>(Reason::idle_timeout)].value(), 1U);
  EXPECT_EQ(counters.rejects[static_cast<std::size_t>(Reason::idle_timeout)].value(), 0U);
}

TEST_F(ShardCounters, CountEachNameOfAnOfferOnce) {
  const ProtocolList offer = offer_of({"h2", "private", "h2", "\x2a\x2a", "secret", "http/1.1"});
  counters.count_hello(0, offer.view(), false, microseconds(1));
  counters.count_hello(0, offer_of({"h2"}).view(), true, microseconds(1));
  counters.count_hello(1, std::nullopt, true, microseconds(1));
  EXPECT_EQ(offered(protocol::h2), 2U);
  EXPECT_EQ(offered(protocol::http_1_1), 1U);
  EXPECT_EQ(counters.protocols[Labels::other_protocol].offered.value(), 1U);
  EXPECT_EQ(counters.protocols[Labels::no_protocol].offered.value(), 1U);
  EXPECT_EQ(counters.listeners[0].would_reject[counters.labels->protocol(protocol::h2)].value(), 1U);
  EXPECT_EQ(counters.listeners[0].would_reject[counters.labels->protocol(protocol::http_1_1)].value(), 0U);
  EXPECT_EQ(counters.listeners[1].would_reject[Labels::no_protocol].value(), 1U);
}

TEST_F(ShardCounters, CountTenThousandPrivateNamesAsOther) {
  for (int i = 0; i < 10'000; ++i)
    counters.count_hello(0, offer_of({"private/" + std::to_string(i)}).view(), false, microseconds(1));
  std::uint64_t all = 0;
  for (const Counters::OfProtocol& each : counters.protocols)
    all += each.offered.value();
  EXPECT_EQ(all, 10'000U);
  EXPECT_EQ(counters.protocols[Labels::other_protocol].offered.value(), 10'000U);
}

TEST_F(ShardCounters, CountHandshakesBySelectionAndVersion) {
  counters.count_handshake(protocol::h2, "1.3", microseconds(700));
  counters.count_handshake(protocol::h2, "1.2", microseconds(700));
  counters.count_handshake(std::nullopt, "1.3", microseconds(700));
  const auto& h2 = counters.protocols[counters.labels->protocol(protocol::h2)];
  EXPECT_EQ(h2.negotiated[0].value(), 1U);
  EXPECT_EQ(h2.negotiated[1].value(), 1U);
  EXPECT_EQ(counters.protocols[Labels::no_protocol].negotiated[1].value(), 1U);
  EXPECT_EQ(counters.handshake.sum(), 2100U);
}

TEST_F(ShardCounters, CountRequestsByProtocolAndStatusClass) {
  counters.count_request(
      {.protocol = RequestProtocol::h2, .status = 204, .bytes_in = 10, .bytes_out = 20, .total = microseconds(1500)});
  counters.count_request({.protocol = RequestProtocol::h2,
                          .status = std::nullopt,
                          .bytes_in = 1,
                          .bytes_out = 0,
                          .total = microseconds(0)});
  // No status has more than three digits, but who knows what a backend says.
  counters.count_request(
      {.protocol = RequestProtocol::http_1_1, .status = 999, .bytes_in = 0, .bytes_out = 0, .total = microseconds(0)});
  const auto& h2 = counters.requests[static_cast<std::size_t>(RequestProtocol::h2)];
  EXPECT_EQ(h2.statuses[2].value(), 1U);
  EXPECT_EQ(h2.statuses[0].value(), 1U);
  EXPECT_EQ(counters.requests[static_cast<std::size_t>(RequestProtocol::http_1_1)].statuses[5].value(), 1U);
  EXPECT_EQ(counters.request_bytes_in.value(), 11U);
  EXPECT_EQ(counters.request_bytes_out.value(), 20U);
}

TEST_F(ShardCounters, KnowConfiguredBackendsOnly) {
  counters.count_backend_error("b:2");
  counters.count_backend_error("c:3");
  EXPECT_EQ(counters.backend_errors[0].value(), 0U);
  EXPECT_EQ(counters.backend_errors[1].value(), 1U);
}

TEST(MetricHistogram, CountsATimeWithinItsBound) {
  Histogram histogram;
  for (const Histogram::Duration bound : Histogram::bounds) {
    histogram.observe(bound);
    histogram.observe(bound + microseconds(1));
  }
  EXPECT_EQ(histogram.count(0), 1U);
  for (std::size_t i = 1; i < Histogram::bounds.size(); ++i)
    EXPECT_EQ(histogram.count(i), 2U) << i;
  EXPECT_EQ(histogram.count(Histogram::bounds.size()), 1U);
}

TEST(MetricHistogram, TakesAClockThatWentBackForZero) {
  Histogram histogram;
  histogram.observe(microseconds(-5));
  EXPECT_EQ(histogram.count(0), 1U);
  EXPECT_EQ(histogram.sum(), 0U);
}

TEST(MetricMeter, CountsForOneAndForAll) {
  Count all;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  Meter(first, all).add(5);
  Meter(second, all).add(7);
  EXPECT_EQ(first, 5U);
  EXPECT_EQ(second, 7U);
  EXPECT_EQ(all.value(), 12U);
}

// For ThreadSanitizer, and for anybody: what is read never goes back, and at the end nothing is missing.
TEST(MetricCounters, MayBeReadWhileTheyCount) {
  constexpr std::uint64_t offers = 20'000;
  const auto labels = make_labels();
  Counters first(labels);
  Counters second(labels);
  const auto count = [](Counters& counters) {
    const ProtocolList offer = offer_of({"h2", "private"});
    for (std::uint64_t i = 0; i < offers; ++i)
      counters.count_hello(0, offer.view(), false, microseconds(3));
  };
  std::thread one(count, std::ref(first));
  std::thread two(count, std::ref(second));
  std::uint64_t before = 0;
  const std::uint32_t h2 = labels->protocol(protocol::h2);
  while (before < 2 * offers) {
    const std::uint64_t now = first.protocols[h2].offered.value() + second.protocols[h2].offered.value();
    ASSERT_GE(now, before);
    before = now;
  }
  one.join();
  two.join();
  EXPECT_EQ(first.hello.sum() + second.hello.sum(), 2 * offers * 3);
}

}  // namespace
}  // namespace simplon::record
