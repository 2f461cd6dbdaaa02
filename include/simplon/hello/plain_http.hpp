// Recognises a client that speaks HTTP where TLS is expected.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstdint>

namespace simplon {

/// What the first bytes of a connection look like.
enum class HttpGuess : std::uint8_t {
  yes,        ///< they begin with a method of HTTP/1 and a space, or with HTTP/2's "PRI "
  no,         ///< they can't become one
  need_more,  ///< they may still become one
};

/// Judges the beginning of a request line (RFC 9112 §3) or of the connection preface (RFC 9113 §3.4). Methods are
/// those of RFC 9110 §9 and PATCH (RFC 5789 §2), in upper case.
[[nodiscard]] HttpGuess looks_like_http(Bytes first_bytes) noexcept;

}  // namespace simplon
