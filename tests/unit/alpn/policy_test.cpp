#include "simplon/alpn/policy.hpp"

#include "simplon/alpn/offer.hpp"

#include <string_view>
#include <type_traits>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

constexpr ProtocolIdView speaks_h2_first[] = {protocol::h2, protocol::http_1_1};

Policy policy(Order order = Order::server, Mismatch mismatch = Mismatch::reject) {
  return Policy(Preferences::from(speaks_h2_first).value(), order, mismatch);
}

Offer offer(std::string_view names) { return Offer::from_names(as_bytes(names)).value(); }

TEST(Policy, SelectsTheServersFirst) {  // RFC 7301 §3.2
  const Policy ours = policy();
  const Outcome outcome = ours.select(offer("\x08http/1.1\x02h2"sv));
  EXPECT_EQ(outcome.verdict(), Verdict::selected);
  EXPECT_EQ(outcome.selected(), protocol::h2);
  EXPECT_EQ(outcome.alert(), std::nullopt);
  EXPECT_EQ(outcome.section(), "RFC 7301 §3.2");
}

TEST(Policy, SelectsTheClientsFirstWhereThatIsTheOrder) {
  const Policy ours = policy(Order::client);
  EXPECT_EQ(ours.select(offer("\x02zz\x08http/1.1\x02h2"sv)).selected(), protocol::http_1_1);
}

TEST(Policy, SelectsFromItsOwnBytes) {
  for (const Order order : {Order::server, Order::client}) {
    const Policy ours = policy(order);
    std::string bytes = "\x02h2";
    const Outcome outcome = ours.select(offer(bytes));
    bytes.assign(bytes.size(), 'x');
    EXPECT_EQ(outcome.selected(), protocol::h2);
  }
}

TEST(Policy, RejectsAnOfferWithNothingInCommon) {  // RFC 7301 §3.2: "SHALL respond with a fatal" alert
  const Policy ours = policy();
  // Compared byte by byte (RFC 7301 §6); GREASE is a name like any other (RFC 8701 §2).
  for (const std::string_view names : {"\x02h3"sv, "\x02H2"sv, "\x01h"sv, "\x03h2\0"sv, "\x02\x0a\x0a"sv}) {
    const Outcome outcome = ours.select(offer(names));
    EXPECT_EQ(outcome.verdict(), Verdict::rejected);
    EXPECT_EQ(outcome.alert(), Alert::no_application_protocol);
    EXPECT_EQ(outcome.selected(), std::nullopt);
    EXPECT_TRUE(outcome.mismatch());
    EXPECT_FALSE(outcome.would_reject());
    EXPECT_EQ(outcome.section(), "RFC 7301 §3.2");
  }
}

TEST(Policy, GoesOnPastAMismatchWhereToldTo) {
  for (const Mismatch mismatch : {Mismatch::ignore, Mismatch::report}) {
    const Policy ours = policy(Order::server, mismatch);
    const Outcome outcome = ours.select(offer("\x02h3"sv));
    EXPECT_EQ(outcome.verdict(), Verdict::declined);
    EXPECT_EQ(outcome.alert(), std::nullopt);
    EXPECT_EQ(outcome.selected(), std::nullopt);
    EXPECT_TRUE(outcome.mismatch());
    EXPECT_EQ(outcome.would_reject(), mismatch == Mismatch::report);
  }
}

TEST(Policy, DeclinesAClientWithoutAlpn) {
  const Policy ours = policy();
  const Outcome outcome = ours.select(Offer(std::nullopt));
  EXPECT_EQ(outcome.verdict(), Verdict::declined);
  EXPECT_FALSE(outcome.mismatch());
  EXPECT_EQ(outcome.section(), "RFC 7301 §3.1");
}

TEST(Policy, NeverSelectsWhatWasNotOffered) {
  constexpr std::string_view names[] = {"\x02h2", "\x08http/1.1", "\x02h3", "\x01h", "\x03h22"};
  for (const Order order : {Order::server, Order::client}) {
    const Policy ours = policy(order, Mismatch::ignore);
    for (unsigned set = 1; set < 1U << std::size(names); ++set) {
      std::string offered;
      for (std::size_t i = 0; i < std::size(names); ++i) {
        if ((set >> i & 1) != 0) offered += names[i];
      }
      const auto list = ProtocolListView::parse_names(as_bytes(offered)).value();
      const Outcome outcome = ours.select(Offer(list));
      const bool common = list.contains(protocol::h2) || list.contains(protocol::http_1_1);
      ASSERT_EQ(outcome.selected().has_value(), common) << to_text(list);
      if (common) {
        EXPECT_TRUE(list.contains(*outcome.selected())) << to_text(list);
      }
    }
  }
}

TEST(Policy, ItsRolesCantChangePlaces) {
  static_assert(!std::is_constructible_v<Policy, Offer>);
  static_assert(!std::is_constructible_v<Offer, Preferences>);
  static_assert(!std::is_convertible_v<Preferences, Offer>);
  static_assert(!std::is_convertible_v<ProtocolListView, Offer>);
}

TEST(Preferences, RefuseWhatNoServerMaySelect) {
  const ProtocolIdView twice[] = {protocol::h2, protocol::h2};
  const ProtocolIdView cleartext[] = {protocol::h2c};  // RFC 9113 §3.2
  EXPECT_EQ(Preferences::from({}).error(), WireError::empty_list);
  EXPECT_EQ(Preferences::from(twice).error(), WireError::duplicate_name);
  EXPECT_EQ(Preferences::from(cleartext).error(), WireError::h2c_offered);
}

TEST(OfferFromNames, RefusesAListThatIsNone) {  // an empty one, with OpenSSL's own helper, was CVE-2024-5535
  EXPECT_EQ(Offer::from_names({}).error(), WireError::empty_list);
  EXPECT_EQ(Offer::from_names(as_bytes("\x00"sv)).error(), WireError::empty_name);
  EXPECT_EQ(Offer::from_names(as_bytes("\x03h2"sv)).error(), WireError::truncated_name);
}

TEST(CheckAnswer, MakesAnUnofferedNameAnIllegalParameter) {  // RFC 7301 §3.1
  const auto offered = make_offer(speaks_h2_first).value();
  const auto answer = check_answer(offered.view(), as_bytes("\x00\x03\x02h3"sv));
  ASSERT_FALSE(answer);
  EXPECT_EQ(alert_of(answer.error()), Alert::illegal_parameter);
}

}  // namespace
}  // namespace simplon
