// What the labels of metrics may say, whatever clients send.
#include "record/labels.hpp"

#include <set>

#include <gtest/gtest.h>

namespace simplon::record {
namespace {

constexpr ProtocolIdView configured = ProtocolIdView::literal("my/1");
constexpr ProtocolIdView binary = ProtocolIdView::literal("\x01\xff\"");

Labels make_labels() {
  return {{"public"},
          std::vector{protocol::h2, configured, configured, binary, ProtocolIdView::literal("other")},
          std::vector<std::string>{"a:1", "b:2", "a:1"}};
}

TEST(MetricLabels, KnowConfiguredAndRegisteredNames) {
  const Labels labels = make_labels();
  for (const ProtocolIdView id : {protocol::h2, protocol::http_1_1, protocol::acme_tls_1, configured, binary}) {
    EXPECT_NE(labels.protocol(id), Labels::other_protocol);
    EXPECT_EQ(labels.protocol_text(labels.protocol(id)), to_text(id));
  }
  EXPECT_EQ(labels.protocol(ProtocolIdView::literal("H2")), Labels::other_protocol);  // RFC 7301 §6
}

TEST(MetricLabels, AreDistinctAndBounded) {
  const Labels labels = make_labels();
  std::set<std::string> texts;
  for (std::uint32_t i = 0; i < labels.protocols(); ++i)
    EXPECT_TRUE(texts.insert(labels.protocol_text(i)).second) << labels.protocol_text(i);
  const std::size_t before = labels.protocols();
  for (int i = 0; i < 10'000; ++i)
    EXPECT_EQ(labels.protocol(*ProtocolIdView::from("private/" + std::to_string(i))), Labels::other_protocol);
  EXPECT_EQ(labels.protocols(), before);
}

TEST(MetricLabels, CountAProtocolCalledOtherWithTheOthers) {
  EXPECT_EQ(make_labels().protocol(ProtocolIdView::literal("other")), Labels::other_protocol);
}

TEST(MetricLabels, HaveNoNameForAbsence) {
  const Labels labels = make_labels();
  EXPECT_EQ(labels.protocol_text(Labels::no_protocol), "");
  EXPECT_EQ(labels.protocol_text(Labels::other_protocol), "other");
  EXPECT_EQ(labels.protocol(ProtocolIdView::literal("none")), Labels::other_protocol);
}

TEST(MetricLabels, HaveEachBackendOnce) {
  const Labels labels = make_labels();
  ASSERT_EQ(labels.backends(), 2U);
  EXPECT_EQ(labels.backend_text(*labels.backend("b:2")), "b:2");
  EXPECT_EQ(labels.backend("c:3"), std::nullopt);
}

}  // namespace
}  // namespace simplon::record
