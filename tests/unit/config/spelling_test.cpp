#include "config/spelling.hpp"

#include <array>

#include <gtest/gtest.h>

namespace simplon::config {
namespace {

constexpr std::array<std::string_view, 4> words = {"pass", "tcp", "hello_timeout", "handshake_timeout"};

TEST(Quote, EscapesWhatWouldSteerATerminal) { EXPECT_EQ(quote("a\x1b[\"\\\n"), "\"a\\u001B[\\\"\\\\\\u000A\""); }

TEST(Quote, CutsLongText) { EXPECT_EQ(quote(std::string(81, 'x')), "\"" + std::string(80, 'x') + "...\""); }

TEST(Quote, NeverCutsACharacter) {
  EXPECT_EQ(quote(std::string(79, 'x') + "\u00fc"), "\"" + std::string(79, 'x') + "...\"");
}

TEST(Nearest, FindsSlipsOfTheHand) {
  EXPECT_EQ(nearest("pas", words), "pass");
  EXPECT_EQ(nearest("psas", words), "pass");
  EXPECT_EQ(nearest("hello_timeuot", words), "hello_timeout");
}

TEST(Nearest, FindsNothingFarAway) {
  EXPECT_EQ(nearest("certificate", words), std::nullopt);
  EXPECT_EQ(nearest("x", words), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'x'), words), std::nullopt);
}

}  // namespace
}  // namespace simplon::config
