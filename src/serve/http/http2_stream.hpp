// One request on its way in and its response on its way out.
#pragma once

#include "serve/http/server_session.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace simplon::serve::http {

/// What is known of one stream. nghttp2 has checked the fields' form and the pseudo-fields (RFC 9113 §8.2, §8.3).
struct Http2Stream {
  Request request;
  std::size_t header_bytes = 0;  ///< as SETTINGS_MAX_HEADER_LIST_SIZE counts them (RFC 9113 §6.5.2)
  std::size_t body_bytes = 0;
  bool whole = false;                       ///< the request's end has arrived
  bool answered = false;                    ///< a response is on its way
  bool host_differs = false;                ///< Host and :authority name different hosts (RFC 9113 §8.3.1)
  std::shared_ptr<const std::string> body;  ///< of the response
  std::size_t sent = 0;                     ///< of `body`
  std::size_t held = 0;                     ///< this stream's part of the session's held bytes

  /// Takes one field; false once the header is larger than `limits` allow, from where on nothing is kept.
  bool take(std::string_view name, std::string_view value, const Limits& limits);
};

}  // namespace simplon::serve::http
