// Base64 (RFC 4648 §4), by the TLS library.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <string>

namespace simplon::tls {

/// `bytes` with padding and without line breaks.
[[nodiscard]] std::string to_base64(Bytes bytes);

}  // namespace simplon::tls
