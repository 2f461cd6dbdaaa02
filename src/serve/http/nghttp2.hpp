// What both HTTP/2 sessions need of nghttp2.
#pragma once

#include "serve/http/body.hpp"
#include "serve/http/http1_output.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <nghttp2/nghttp2.h>

namespace simplon::serve::http {

struct Nghttp2Deleter {
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  void operator()(nghttp2_session_callbacks* callbacks) const noexcept { nghttp2_session_callbacks_del(callbacks); }
  void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};

using Nghttp2Session = std::unique_ptr<nghttp2_session, Nghttp2Deleter>;
using Nghttp2Callbacks = std::unique_ptr<nghttp2_session_callbacks, Nghttp2Deleter>;
using Nghttp2Option = std::unique_ptr<nghttp2_option, Nghttp2Deleter>;

/// Frames that wait for their turn, such as acknowledgements, before reading pauses.
inline constexpr std::size_t max_queued_frames = 128;
/// What one stream may send before the other side has drained it, in bytes.
inline constexpr std::uint32_t stream_window = 65'535;
/// What all streams of a connection may send together, likewise.
inline constexpr std::int32_t connection_window = 1024 * 1024;

inline const std::uint8_t* raw(std::string_view text) noexcept {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Owns nothing: nghttp2 copies names and values when it is given them.
inline nghttp2_nv pair_of(std::string_view name, std::string_view value) noexcept {
  // NOLINTBEGIN(cppcoreguidelines-pro-type-const-cast): it does not change them
  return {const_cast<std::uint8_t*>(raw(name)), const_cast<std::uint8_t*>(raw(value)), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
  // NOLINTEND(cppcoreguidelines-pro-type-const-cast)
}

inline Nghttp2Callbacks make_callbacks() noexcept {
  nghttp2_session_callbacks* made = nullptr;
  nghttp2_session_callbacks_new(&made);
  return Nghttp2Callbacks(made);
}

/// The options that both ends want: windows open as the other side drains, and no more is kept than needed.
inline Nghttp2Option make_options() noexcept {
  nghttp2_option* made = nullptr;
  nghttp2_option_new(&made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_max_outbound_ack(made, 4 * max_queued_frames);
  nghttp2_option_set_max_deflate_dynamic_table_size(made, 4096);
  return Nghttp2Option(made);
}

/// The part of a data source's read callback that both ends share: says how much of `content` goes into the next frame,
/// and where its end and its trailers are. NGHTTP2_ERR_DEFERRED where there is nothing yet.
[[nodiscard]] ssize_t offer_content(nghttp2_session* session, std::int32_t id, const Body& content, std::size_t room,
                                    std::uint32_t* flags);

/// Then, the part of nghttp2_send_data_callback: moves that frame to `output`, NGHTTP2_ERR_WOULDBLOCK where it is full.
/// So content is copied once, and nghttp2's own buffer never holds more than a frame's head.
[[nodiscard]] int move_frame(Body& content, const std::uint8_t* frame_head, std::size_t size, Output& output);

/// Fills `output` with the frames that are due, once it holds less than a TLS record; false where nghttp2 failed.
[[nodiscard]] bool fill(nghttp2_session* session, Output& output);

}  // namespace simplon::serve::http
