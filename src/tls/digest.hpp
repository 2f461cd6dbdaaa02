// SHA-256 for whoever needs one above the standard-library layers: JA4, certificate fingerprints, session policies.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>

namespace simplon::tls {

/// A SHA-256 digest (FIPS 180-4).
using Digest = std::array<std::byte, 32>;

/// The SHA-256 of `bytes`, in one go. May be called from any thread; throws std::bad_alloc where memory is out.
[[nodiscard]] Digest sha256(Bytes bytes);

}  // namespace simplon::tls
