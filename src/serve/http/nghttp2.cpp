#include "serve/http/nghttp2.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace simplon::serve::http {

ssize_t read_content(nghttp2_session* session, std::int32_t id, Body& content, std::uint8_t* out, std::size_t room,
                     std::uint32_t* flags) {
  const std::size_t size = std::min(room, content.size());
  if (size == 0 && !content.ended()) return NGHTTP2_ERR_DEFERRED;
  if (size > 0) std::memcpy(out, content.front().data(), size);
  content.consume(size);
  if (!content.finished()) return static_cast<ssize_t>(size);
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

}  // namespace simplon::serve::http
