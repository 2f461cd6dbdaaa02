// What an HTTP/2 client may do that nghttp2 does not look at.
#include "serve/http/http2_guard.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

namespace simplon::serve::http {
namespace {

using namespace std::chrono_literals;

TEST(Http2Guard, LimitsContinuationLikeEveryFrame) {  // RFC 9113 §4.2
  Http2Guard guard{Limits{}};
  EXPECT_FALSE(guard.begin(NGHTTP2_CONTINUATION, 1, 16384));
  EXPECT_EQ(guard.begin(NGHTTP2_CONTINUATION, 1, 16385), NGHTTP2_FRAME_SIZE_ERROR);
}

TEST(Http2Guard, RefusesStreamsThatWereSkipped) {  // RFC 9113 §5.1.1
  Http2Guard guard{Limits{}};
  EXPECT_FALSE(guard.begin(NGHTTP2_HEADERS, 1, 0));
  EXPECT_FALSE(guard.begin(NGHTTP2_HEADERS, 9, 0));
  EXPECT_EQ(guard.begin(NGHTTP2_HEADERS, 5, 0), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_EQ(guard.begin(NGHTTP2_RST_STREAM, 3, 4), NGHTTP2_PROTOCOL_ERROR);
  EXPECT_FALSE(guard.begin(NGHTTP2_DATA, 1, 0)) << "that one was opened";
  EXPECT_FALSE(guard.begin(NGHTTP2_PRIORITY, 3, 5)) << "PRIORITY may come for any stream (RFC 9113 §6.3)";
  EXPECT_FALSE(guard.begin(NGHTTP2_HEADERS, 11, 0));
}

TEST(Http2Guard, KnowsTheLastStreamOfAll) {  // RFC 9113 §5.1.1
  Http2Guard guard{Limits{}};
  EXPECT_FALSE(guard.begin(NGHTTP2_HEADERS, 0x7fffffff, 0));
  EXPECT_FALSE(guard.begin(NGHTTP2_DATA, 0x7fffffff, 0));
  EXPECT_EQ(guard.begin(NGHTTP2_HEADERS, 0x7ffffffd, 0), NGHTTP2_PROTOCOL_ERROR);
}

TEST(Http2Guard, TellsAFloodFromPingsBetweenContent) {  // RFC 9113 §10.5
  Http2Guard guard{Limits{}};
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < Http2Guard::max_idle_frames; ++i)
      ASSERT_FALSE(guard.take_idle_frame());
    guard.take_content();
  }
  for (unsigned i = 0; i < Http2Guard::max_idle_frames; ++i)
    ASSERT_FALSE(guard.take_idle_frame());
  EXPECT_EQ(guard.take_idle_frame(), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST(Http2Guard, CountsResetsByTheMinute) {
  Http2Guard guard{Limits{.resets_per_minute = 2}};
  const Http2Guard::Clock::time_point start = Http2Guard::Clock::time_point() + 1h;
  EXPECT_FALSE(guard.take_reset(start));
  EXPECT_FALSE(guard.take_reset(start + 1s));
  EXPECT_EQ(guard.take_reset(start + 2s), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_FALSE(guard.take_reset(start + 61s));
  EXPECT_FALSE(guard.take_reset(start + 62s));
}

}  // namespace
}  // namespace simplon::serve::http
