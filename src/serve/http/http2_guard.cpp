#include "serve/http/http2_guard.hpp"

#include "serve/http/nghttp2.hpp"

#include <algorithm>

namespace simplon::serve::http {

namespace {

constexpr std::size_t max_frame = 16384;
// So many gaps between the ids of a client's streams are remembered. Clients leave none.
constexpr std::size_t max_skips = 16;

}  // namespace

Http2Guard::Verdict Http2Guard::begin(std::uint8_t type, std::int32_t id, std::size_t length) {
  if (type == NGHTTP2_CONTINUATION && length > max_frame) return NGHTTP2_FRAME_SIZE_ERROR;  // RFC 9113 §4.2
  if (id % 2 == 0 || type == NGHTTP2_PRIORITY || type > NGHTTP2_CONTINUATION) return std::nullopt;
  // RFC 9113 §5.1.1: streams go from idle to closed when a higher one is opened.
  if (id < next_id_) return was_skipped(id) ? Verdict(NGHTTP2_PROTOCOL_ERROR) : std::nullopt;
  if (type != NGHTTP2_HEADERS) return std::nullopt;
  if (id > next_id_) {
    skipped_.emplace_back(next_id_, id);
    if (skipped_.size() > max_skips) skipped_.erase(skipped_.begin());
  }
  next_id_ = std::int64_t{id} + 2;  // the last id of all is 2^31 - 1
  return std::nullopt;
}

Http2Guard::Verdict Http2Guard::take_idle_frame() noexcept {
  return ++idle_frames_ > max_idle_frames ? Verdict(NGHTTP2_ENHANCE_YOUR_CALM) : std::nullopt;
}

Http2Guard::Verdict Http2Guard::take_reset(Clock::time_point now) noexcept {
  if (now - resets_since_ > std::chrono::minutes(1)) {
    resets_since_ = now;
    resets_ = 0;
  }
  return ++resets_ > resets_per_minute_ ? Verdict(NGHTTP2_ENHANCE_YOUR_CALM) : std::nullopt;
}

bool Http2Guard::was_skipped(std::int32_t id) const noexcept {
  return std::ranges::any_of(skipped_, [&](const auto& gap) { return id >= gap.first && id < gap.second; });
}

}  // namespace simplon::serve::http
