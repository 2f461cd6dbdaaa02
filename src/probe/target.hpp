// Whom to ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simplon::probe {

/// A host and a port, as the user names them.
struct Target {
  std::string host;  ///< a DNS name, or an IP address without brackets
  std::uint16_t port = 443;

  /// "example.com", "example.com:8443", "192.0.2.1", "[2001:db8::1]:443", "2001:db8::1"; nothing where it is none.
  [[nodiscard]] static std::optional<Target> parse(std::string_view text);
  /// With the port, and with brackets where needed.
  [[nodiscard]] std::string to_text() const;
  /// What a client sends as server name: the host; nothing where that is an IP address (RFC 6066 §3).
  [[nodiscard]] std::optional<std::string> server_name() const;
};

}  // namespace simplon::probe
