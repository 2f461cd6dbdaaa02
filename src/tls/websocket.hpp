// The handshake that proves that a server means to speak WebSocket (RFC 6455 §4).
#pragma once

#include <string>
#include <string_view>

namespace simplon::tls {

/// A fresh Sec-WebSocket-Key: 16 random bytes in Base64. Throws std::bad_alloc where memory or randomness is out.
[[nodiscard]] std::string make_websocket_key();

/// The Sec-WebSocket-Accept that answers `key` (RFC 6455 §4.2.2).
[[nodiscard]] std::string accept_websocket(std::string_view key);

}  // namespace simplon::tls
