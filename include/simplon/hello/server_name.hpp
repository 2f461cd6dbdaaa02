// Server names (RFC 6066 §3) in the one form in which they are compared.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace simplon {

/// A host name in lower case without a trailing dot: labels of 1 to 63 letters, digits, hyphens and underscores
/// (RFC 1123 §2.1; hyphens anywhere and underscores because the DNS serves such names, RFC 2181 §11), 253 bytes at
/// most, and no IPv4 address. It holds its text in itself.
class ServerName {
 public:
  /// The longest name that the DNS can carry, in bytes (RFC 1035 §2.3.4, less the root's dot and length).
  static constexpr std::size_t max_size = 253;

  /// Makes one of what a client sent: folds ASCII upper case, drops one trailing dot. Nothing for an IP address (which
  /// RFC 6066 §3 does not permit) and for anything else that is no host name: both count as no server name.
  [[nodiscard]] static std::optional<ServerName> from(Bytes host_name) noexcept;

  /// The name, valid as long as this object.
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

  /// By text.
  friend bool operator==(const ServerName& a, const ServerName& b) noexcept { return a.text() == b.text(); }

 private:
  ServerName() noexcept = default;

  std::uint8_t size_ = 0;
  std::array<char, max_size> text_;  // only its first size_ characters are ever written or read
};

}  // namespace simplon
