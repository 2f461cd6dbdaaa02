// JA4 with this gateway's SHA-256, for log and inspector. Private to this layer.
#pragma once

#include "simplon/hello/client_hello.hpp"

#include <string>

namespace simplon::serve {

/// JA4, or nothing to show (empty) for a hello whose lists are too long for one.
[[nodiscard]] std::string fingerprint(const ClientHelloView& hello);

/// JA4_r, likewise.
[[nodiscard]] std::string raw_fingerprint(const ClientHelloView& hello);

}  // namespace simplon::serve
