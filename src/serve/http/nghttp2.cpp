#include "serve/http/nghttp2.hpp"

#include <algorithm>
#include <vector>

namespace simplon::serve::http {

ssize_t offer_content(nghttp2_session* session, std::int32_t id, const Body& content, std::size_t room,
                      std::uint32_t* flags) {
  const std::size_t size = std::min(room, content.size());
  if (size == 0 && !content.ended()) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!content.ended() || size < content.size()) return static_cast<ssize_t>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!content.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> pairs;
    for (const Field field : content.trailers)
      pairs.push_back(pair_of(field.name, field.value));
    nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
  }
  return static_cast<ssize_t>(size);
}

int move_frame(Body& content, const std::uint8_t* frame_head, std::size_t size, Output& output) {
  if (output.full()) return NGHTTP2_ERR_WOULDBLOCK;
  constexpr std::size_t frame_head_bytes = 9;  // RFC 9113 §4.1
  output << text_of(frame_head, frame_head_bytes);
  move_bytes(content, output.size() + size, output);
  return 0;
}

bool fill(nghttp2_session* session, Output& output) {
  if (output.size() >= Output::record) return true;
  output.compact();
  while (!output.full()) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session, &data);
    if (size < 0) return false;
    if (size == 0) break;
    output << text_of(data, static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace simplon::serve::http
