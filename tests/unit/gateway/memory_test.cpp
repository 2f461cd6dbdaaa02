#include "gateway/memory.hpp"

#include <semaphore>

#include <gtest/gtest.h>

namespace simplon::gateway {
namespace {

using namespace std::chrono_literals;

void shake_hands_at_once(serve::Handshakes& handshakes, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    handshakes.begin();
  for (std::uint32_t i = 0; i < count; ++i)
    handshakes.end();
}

TEST(Trimmer, TrimsOnceForEachCrowdThatHasGone) {
  serve::Handshakes handshakes;
  std::counting_semaphore<> trimmed{0};
  const Trimmer trimmer(handshakes, [&] { trimmed.release(); }, {.settling = 1ms, .apart = 1ms});
  shake_hands_at_once(handshakes, serve::Handshakes::crowd - 1);
  shake_hands_at_once(handshakes, serve::Handshakes::crowd);
  ASSERT_TRUE(trimmed.try_acquire_for(30s));
  shake_hands_at_once(handshakes, 3 * serve::Handshakes::crowd);
  ASSERT_TRUE(trimmed.try_acquire_for(30s));
  EXPECT_FALSE(trimmed.try_acquire_for(50ms));
}

TEST(Trimmer, LetsTheLastOfACrowdFinish) {
  serve::Handshakes handshakes;
  std::counting_semaphore<> trimmed{0};
  const Trimmer trimmer(handshakes, [&] { trimmed.release(); }, {.settling = 1ms, .apart = 1ms});
  for (std::uint32_t i = 0; i < serve::Handshakes::crowd; ++i)
    handshakes.begin();
  for (std::uint32_t left = serve::Handshakes::crowd - 1; left > serve::Handshakes::crowd / 8; --left)
    handshakes.end();
  EXPECT_FALSE(trimmed.try_acquire_for(50ms));
  handshakes.end();
  EXPECT_TRUE(trimmed.try_acquire_for(30s));
}

TEST(Trimmer, TrimsOnceForCrowdsThatCameMeanwhile) {
  serve::Handshakes handshakes;
  std::counting_semaphore<> trimmed{0};
  std::counting_semaphore<> go_on{0};
  const auto trim = [&] {
    trimmed.release();
    go_on.acquire();
  };
  const Trimmer trimmer(handshakes, trim, {.settling = 1ms, .apart = 1ms});
  shake_hands_at_once(handshakes, serve::Handshakes::crowd);
  ASSERT_TRUE(trimmed.try_acquire_for(30s));
  for (int i = 0; i < 3; ++i)
    shake_hands_at_once(handshakes, serve::Handshakes::crowd);
  go_on.release(2);
  ASSERT_TRUE(trimmed.try_acquire_for(30s));
  EXPECT_FALSE(trimmed.try_acquire_for(50ms));
  go_on.release();
}

TEST(Trimmer, EndsAtOnceHoweverLongItWouldWait) {
  serve::Handshakes handshakes;
  const Trimmer waiting(handshakes, [] {}, {.settling = std::chrono::hours(24), .apart = 1ms});
  shake_hands_at_once(handshakes, serve::Handshakes::crowd);
}

}  // namespace
}  // namespace simplon::gateway
