// Authenticated encryption by the TLS library's ciphers, all with a tag of 16 bytes. For probing alone, never for
// traffic.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <optional>
#include <vector>

struct evp_cipher_st;

namespace simplon::probe {

/// How much longer than its plain text a sealed one is.
inline constexpr std::size_t tag_size = 16;

/// `plain` sealed, its tag behind it. Throws std::bad_alloc where the library fails.
[[nodiscard]] std::vector<std::byte> seal(const evp_cipher_st* cipher, Bytes key, Bytes nonce, Bytes associated,
                                          Bytes plain);
/// What was sealed; nothing where it was not, or not like this.
[[nodiscard]] std::optional<std::vector<std::byte>> open(const evp_cipher_st* cipher, Bytes key, Bytes nonce,
                                                         Bytes associated, Bytes sealed);

}  // namespace simplon::probe
