// What was counted under one configuration and another.
#include "record/ledger.hpp"

#include <gtest/gtest.h>

namespace simplon::record {
namespace {

using std::chrono::microseconds;

std::shared_ptr<const Labels> labels(std::vector<std::string> listeners, const std::vector<std::string_view>& names,
                                     const std::vector<std::string>& backends) {
  std::vector<ProtocolIdView> ids;
  for (const std::string_view name : names)
    ids.push_back(*ProtocolIdView::from(name));
  return std::make_shared<const Labels>(std::move(listeners), ids, backends);
}

std::uint64_t negotiated(const Counters& counters, std::string_view name) {
  return counters.protocols[counters.labels->protocol(*ProtocolIdView::from(name))].negotiated[1].value();
}

void negotiate(Counters& counters, std::string_view name) {
  counters.count_handshake(*ProtocolIdView::from(name), "1.3", microseconds(700));
}

TEST(Ledger, SumsTheShards) {
  Ledger ledger(labels({"public"}, {}, {"app:1"}));
  const auto first = ledger.open();
  const auto second = ledger.open();
  negotiate(*first, "h2");
  negotiate(*second, "h2");
  second->count_backend_error("app:1");
  second->bytes_in.add(7);
  const auto sum = ledger.sum();
  EXPECT_EQ(negotiated(*sum, "h2"), 2U);
  EXPECT_EQ(sum->backend_errors[0].value(), 1U);
  EXPECT_EQ(sum->bytes_in.value(), 7U);
  EXPECT_EQ(sum->handshake.count(3), 2U);
  EXPECT_EQ(sum->handshake.sum(), 1400U);
}

TEST(Ledger, KeepsWhatEndedCountersHaveCounted) {
  Ledger ledger(labels({"public"}, {}, {}));
  for (int i = 0; i < 3; ++i) {
    const auto counters = ledger.open();
    negotiate(*counters, "h2");
  }
  EXPECT_EQ(negotiated(*ledger.sum(), "h2"), 3U);
}

TEST(Ledger, GoesOnByNameUnderOtherLabels) {
  Ledger ledger(labels({"public", "old"}, {"my/1", "gone/1"}, {"app:1", "app:2"}));
  const auto former = ledger.open();
  former->begin_connection(0);
  former->begin_connection(1);
  former->count_backend_error("app:2");
  negotiate(*former, "my/1");
  negotiate(*former, "gone/1");
  ledger.relabel(labels({"new", "public"}, {"my/1"}, {"app:2"}));
  // Connections of before count on.
  negotiate(*former, "my/1");
  const auto current = ledger.open();
  current->begin_connection(1);
  current->count_backend_error("app:2");
  negotiate(*current, "my/1");
  const auto sum = ledger.sum();
  EXPECT_EQ(sum->labels->listeners(), (std::vector<std::string>{"new", "public"}));
  EXPECT_EQ(sum->listeners[0].active.value(), 0U);
  EXPECT_EQ(sum->listeners[1].active.value(), 2U);
  EXPECT_EQ(sum->backend_errors[0].value(), 2U);
  EXPECT_EQ(negotiated(*sum, "my/1"), 3U);
  EXPECT_EQ(sum->protocols[Labels::other_protocol].negotiated[1].value(), 1U);
}

TEST(Ledger, DoesNotGrowWithTheConfigurationsThatItHasSeen) {
  Ledger ledger(labels({"public"}, {}, {}));
  for (int i = 0; i < 100; ++i) {
    const std::string name = "private/" + std::to_string(i);
    ledger.relabel(labels({"public"}, {name}, {name}));
    negotiate(*ledger.open(), name);
  }
  const auto protocols = labels({"public"}, {"private/99"}, {})->protocols();
  EXPECT_EQ(ledger.sum()->protocols.size(), protocols);
  EXPECT_EQ(ledger.sum()->protocols[Labels::other_protocol].negotiated[1].value(), 99U);
}

}  // namespace
}  // namespace simplon::record
