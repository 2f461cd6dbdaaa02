// What the reactions of clients count for.
#include "probe/conform_client.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon::probe {

namespace {

using End = Reaction::End;

Reaction reaction(End end, bool finished = false, std::optional<std::uint8_t> alert = {}) {
  Reaction made;
  made.end = end;
  made.heard = true;
  made.finished = finished;
  made.alert = alert;
  return made;
}

TEST(ClientCases, HaveIdsOfTheirOwn) {
  std::set<std::string_view> ids;
  for (const ClientCase& each : client_cases())
    EXPECT_TRUE(ids.insert(each.id).second) << each.id;
  EXPECT_EQ(find_client_case("unoffered")->id, "unoffered");
  EXPECT_EQ(find_client_case("no-such-case"), nullptr);
}

TEST(ClientCases, OfOneBendFollowEachOther) {
  const auto cases = client_cases();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (std::size_t j = i + 2; j < cases.size(); ++j) {
      if (cases[i].bend == cases[j].bend) {
        EXPECT_EQ(cases[i].bend, cases[j - 1].bend) << cases[j].id;
      }
    }
  }
}

TEST(ClientCases, OfMisplacedExtensionsAreTls13s) {
  EXPECT_FALSE(find_client_case("in-certificate")->applies_to(tls_1_2));
  EXPECT_TRUE(find_client_case("in-certificate")->applies_to(tls_1_3));
  EXPECT_TRUE(find_client_case("unoffered")->applies_to(tls_1_2));
}

TEST(ClientCases, NeverPassForAClientThatTakesEverything) {
  for (const ClientCase& each : client_cases()) {
    const bool taking_is_right = each.id == "control" || each.id == "last-offered" || each.id == "no-answer";
    for (const End end : {End::went_on, End::silent, End::closed, End::reset}) {
      const bool passed = judge(each, reaction(end, true)).result == Result::passed;
      EXPECT_EQ(passed, taking_is_right) << each.id;
    }
  }
}

TEST(ClientCases, ThatDemandAnEndTakeAnyAlert) {
  const ClientCase& unoffered = *find_client_case("unoffered");
  const ClientCase& alert = *find_client_case("unoffered-alert");
  EXPECT_EQ(judge(unoffered, reaction(End::refused, false, 50)).result, Result::passed);
  EXPECT_EQ(judge(alert, reaction(End::refused, false, 50)).result, Result::failed);
  EXPECT_EQ(judge(alert, reaction(End::refused, false, 47)).result, Result::passed);
  // Behind its Finished a client may still refuse, but not just go.
  EXPECT_EQ(judge(unoffered, reaction(End::refused, true, 47)).result, Result::passed);
  EXPECT_EQ(judge(unoffered, reaction(End::closed)).result, Result::passed);
  EXPECT_EQ(judge(unoffered, reaction(End::closed, true)).result, Result::failed);
  EXPECT_EQ(judge(unoffered, reaction(End::silent)).result, Result::failed);
  EXPECT_EQ(judge(*find_client_case("control"), reaction(End::refused, true, 48)).result, Result::failed);
}

TEST(ClientCases, AreSkippedWhereNothingWasSaid) {
  for (const End end : {End::inapplicable, End::absent})
    EXPECT_EQ(judge(*find_client_case("unoffered"), reaction(end)).result, Result::skipped);
}

}  // namespace

}  // namespace simplon::probe
