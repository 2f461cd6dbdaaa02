// One request of an HTTP/2 client and its response.
#pragma once

#include "serve/http/session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace simplon::serve::http {

/// What is known of one stream of a client's. nghttp2 has checked the fields' form and the pseudo-fields (RFC 9113
/// §8.2, §8.3).
struct Http2Stream {
  std::shared_ptr<Exchange> exchange;
  std::size_t header_bytes = 0;  ///< as SETTINGS_MAX_HEADER_LIST_SIZE counts them (RFC 9113 §6.5.2)
  bool host_differs = false;     ///< Host and :authority name different hosts (RFC 9113 §8.3.1)
  bool head_whole = false;
  bool started = false;        ///< somebody answers it
  bool responded = false;      ///< the response's head is submitted
  bool done = false;           ///< the response is whole; what comes of the request is thrown away
  bool deferred = false;       ///< nghttp2 waits for content
  bool touched = false;        ///< in the list of those to tell of
  std::uint64_t returned = 0;  ///< of the request's content: what the client's window was opened again for
  std::size_t held = 0;        ///< this stream's part of the session's held bytes

  /// Takes one field of the head; false once it is larger than `header_bytes_limit`, from where on nothing is kept.
  bool take(std::string_view name, std::string_view value, std::size_t header_bytes_limit);
  /// What is wrong with the head that nghttp2 does not look for, as a response; nothing where it is fine.
  [[nodiscard]] std::optional<Response> objection(std::size_t header_bytes_limit) const;
};

}  // namespace simplon::serve::http
