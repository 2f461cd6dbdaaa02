// JA4: FoxIO's fingerprint of a ClientHello, over TCP.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "simplon/hello/client_hello.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

namespace simplon {

/// Why there is no fingerprint.
enum class Ja4Error : std::uint8_t {
  buffer_too_small,  ///< the text does not fit the caller's buffer
  too_many_values,   ///< more than `ja4_max_values` cipher suites, extensions or signature schemes
};

/// The most cipher suites, extensions or signature schemes, GREASE not counted, that are fingerprinted; several times
/// what any client that is not an attack sends.
inline constexpr std::size_t ja4_max_values = 512;

/// The length of a fingerprint, such as "t13d1516h2_8daaf6152771_e5627efa2ab1", in characters.
inline constexpr std::size_t ja4_size = 36;

/// The longest raw form: "t13d1516h2", then three lists of four digits and a separator for each value.
inline constexpr std::size_t ja4_raw_max_size = 10 + 3 * 5 * ja4_max_values;

/// SHA-256 (FIPS 180-4 §6.2) from whatever library the caller has: writes the digest of `input` to `digest`.
using Sha256Function = void (*)(Bytes input, std::span<std::byte, 32> digest);

/// Likewise, with something of the caller's own: `context` is what was given with it, and may be null.
using Sha256FunctionWithContext = void (*)(void* context, Bytes input, std::span<std::byte, 32> digest);

/// Writes the raw form (JA4_r) to `buffer` and returns the part of it that was written. Cipher suites and extensions
/// are sorted, signature schemes in the client's order, GREASE left out.
[[nodiscard]] std::expected<std::string_view, Ja4Error> write_ja4_raw(const ClientHelloView& hello,
                                                                      std::span<char> buffer) noexcept;

/// Writes the fingerprint (JA4) to `buffer`, which needs `ja4_size` characters, and returns that part of it. Uses
/// `ja4_raw_max_size` bytes of stack.
[[nodiscard]] std::expected<std::string_view, Ja4Error> write_ja4(const ClientHelloView& hello, Sha256Function sha256,
                                                                  std::span<char> buffer);
/// Likewise; `sha256` is called with `context`, once or twice, before this returns.
[[nodiscard]] std::expected<std::string_view, Ja4Error> write_ja4(const ClientHelloView& hello,
                                                                  Sha256FunctionWithContext sha256, void* context,
                                                                  std::span<char> buffer);

}  // namespace simplon
