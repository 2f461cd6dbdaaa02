// What an HTTP/2 client may do that nghttp2 does not look at.
#pragma once

#include "serve/http/session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace simplon::serve::http {

/// Judges the frames of one connection. Each function returns the error code to end the connection with, or nothing
/// where all is well (RFC 9113 §7).
class Http2Guard {
 public:
  using Clock = std::chrono::steady_clock;
  using Verdict = std::optional<std::uint32_t>;

  /// Frames in a row that bring nothing, such as PING, before they are a flood. Clients measure round trips with a few.
  static constexpr unsigned max_idle_frames = 1000;

  explicit Http2Guard(const Limits& limits) noexcept : resets_per_minute_(limits.resets_per_minute) {}

  /// A frame begins: its type, its stream and its length.
  [[nodiscard]] Verdict begin(std::uint8_t type, std::int32_t id, std::size_t length);
  /// A frame came that brings nothing (RFC 9113 §10.5).
  [[nodiscard]] Verdict take_idle_frame() noexcept;
  /// One that does, or one that was sent.
  void take_content() noexcept { idle_frames_ = 0; }
  /// The client reset a stream, or had it reset.
  [[nodiscard]] Verdict take_reset(Clock::time_point now) noexcept;

 private:
  [[nodiscard]] bool was_skipped(std::int32_t id) const noexcept;

  std::uint32_t resets_per_minute_;
  std::int64_t next_id_ = 1;                                    ///< the lowest that no stream has had
  std::vector<std::pair<std::int64_t, std::int64_t>> skipped_;  ///< ids that never were a stream, as half-open ranges
  unsigned idle_frames_ = 0;
  std::uint32_t resets_ = 0;
  Clock::time_point resets_since_;
};

}  // namespace simplon::serve::http
