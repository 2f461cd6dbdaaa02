// A ClientHello as people have it at hand: raw bytes, hex, or base64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::cli {

/// How the bytes were written.
enum class Encoding : std::uint8_t { raw, hex, base64 };

/// "raw", "hex" or "base64".
[[nodiscard]] std::string_view name_of(Encoding encoding) noexcept;

/// Bytes, and how they were written.
struct HelloInput {
  Encoding encoding = Encoding::raw;
  std::vector<std::byte> bytes;
};

/// The most that is read, in bytes: several times the largest hello in its most roundabout form.
inline constexpr std::size_t max_input = 1024UZ * 1024;

/// Reads the file `path`, or standard input for "-". Fails with a message where it can't be read or is longer than
/// `max_input`.
[[nodiscard]] std::expected<std::string, std::string> read_input(const std::string& path);

/// Hex if it is nothing else: digits in pairs, with white space, ":" or "0x" between them; otherwise base64 (RFC 4648
/// §4 or §5, white space ignored); otherwise raw.
[[nodiscard]] HelloInput detect_encoding(std::string_view input);

}  // namespace simplon::cli
