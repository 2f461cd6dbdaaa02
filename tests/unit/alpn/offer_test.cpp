#include "simplon/alpn/offer.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

const ProtocolListView h2_and_http = ProtocolListView::parse_names(as_bytes("\x02h2\x08http/1.1"sv)).value();

TEST(MakeOffer, KeepsTheOrderOfPreference) {
  const ProtocolIdView ids[] = {protocol::http_1_1, protocol::h2};
  EXPECT_EQ(to_text(make_offer(ids).value().view()), "http/1.1,h2");
}

TEST(MakeOffer, NeedsAName) { EXPECT_EQ(make_offer({}).error(), WireError::empty_list); }

TEST(MakeOffer, RefusesDuplicates) {
  const ProtocolIdView ids[] = {protocol::h2, protocol::http_1_1, protocol::h2};
  EXPECT_EQ(make_offer(ids).error(), WireError::duplicate_name);
}

TEST(MakeOffer, NeverOffersH2c) {  // RFC 9113 §3.2
  const ProtocolIdView ids[] = {protocol::h2, protocol::h2c};
  EXPECT_EQ(make_offer(ids).error(), WireError::h2c_offered);
}

TEST(CheckAnswer, TakesOneNameThatWasOffered) {  // RFC 7301 §3.1
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x03\x02h2"sv)).value(), protocol::h2);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x09\x08http/1.1"sv)).value(), protocol::http_1_1);
}

TEST(CheckAnswer, TakesNoAnswerForAResult) {
  const auto answer = check_answer(h2_and_http, std::nullopt);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_TRUE(check_answer(std::nullopt, std::nullopt));
}

TEST(CheckAnswer, RefusesMoreThanOneName) {  // RFC 7301 §3.1: "MUST contain exactly one"
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x0c\x02h2\x08http/1.1"sv)).error(), WireError::answer_not_single);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x06\x02h2\x02h2"sv)).error(), WireError::answer_not_single);
}

TEST(CheckAnswer, RefusesAnAnswerThatIsNoList) {
  EXPECT_EQ(check_answer(h2_and_http, Bytes{}).error(), WireError::list_length);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x00"sv)).error(), WireError::empty_list);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x01\x00"sv)).error(), WireError::empty_name);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x02\x02h"sv)).error(), WireError::truncated_name);
}

TEST(CheckAnswer, RefusesANameThatWasNotOffered) {
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x03\x02h3"sv)).error(), WireError::answer_not_offered);
  EXPECT_EQ(check_answer(h2_and_http, as_bytes("\x00\x03\x02H2"sv)).error(), WireError::answer_not_offered);
}

TEST(CheckAnswer, RefusesAnAnswerWithoutAnOffer) {  // RFC 8446 §4.2
  EXPECT_EQ(check_answer(std::nullopt, as_bytes("\x00\x03\x02h2"sv)).error(), WireError::answer_unasked);
}

TEST(Require, TurnsNoAnswerIntoAnError) {
  EXPECT_EQ(require(check_answer(h2_and_http, std::nullopt)).error(), WireError::answer_missing);
  EXPECT_EQ(require(check_answer(h2_and_http, as_bytes("\x00\x03\x02h2"sv))).value(), protocol::h2);
  EXPECT_EQ(require(std::unexpected(WireError::answer_unasked)).error(), WireError::answer_unasked);
}

ProtocolListView names(std::string_view wire) { return ProtocolListView::parse_names(as_bytes(wire)).value(); }

std::string passed_on(std::string_view wire, bool h2_allowed = true) {
  const auto list = pass_on(names(wire), h2_allowed);
  return list ? to_text(list->view()) : "nothing";
}

TEST(PassOn, KeepsOrderAndOneOfEachName) { EXPECT_EQ(passed_on("\x08http/1.1\x02h2\x08http/1.1"), "http/1.1,h2"); }

TEST(PassOn, LeavesOutWhatIsNotForAnUpstream) {
  EXPECT_EQ(passed_on("\x02\x0a\x0a\x02h2"), "h2");  // RFC 8701
  EXPECT_EQ(passed_on("\x03h2c\x02h2"), "h2");       // RFC 9113 §3.2
  EXPECT_EQ(passed_on("\x0a"
                      "acme-tls/1\x02h2"),
            "h2");  // RFC 8737 §3
  EXPECT_EQ(passed_on("\x0a"
                      "acme-tls/1"),
            "acme-tls/1");
  EXPECT_EQ(passed_on("\x02h2\x08http/1.1", false), "http/1.1");  // RFC 9113 §9.2
  EXPECT_EQ(passed_on("\x02h2", false), "nothing");
}

}  // namespace
}  // namespace simplon
