// Base64 (RFC 4648 §4), by the TLS library.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::tls {

/// `bytes` with padding and without line breaks.
[[nodiscard]] std::string to_base64(Bytes bytes);

/// What `text`, padded and without line breaks, stands for; nothing where it is not base64.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(std::string_view text);

}  // namespace simplon::tls
