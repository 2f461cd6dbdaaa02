// The IANA names of what a ClientHello carries, for people to read.
#pragma once

#include <cstdint>
#include <string_view>

namespace simplon {

/// The name of an extension type, such as "server_name"; "GREASE" for RFC 8701's values, "unknown" for those without a
/// name here.
[[nodiscard]] std::string_view extension_name(std::uint16_t type) noexcept;

/// Likewise the name of a group of `supported_groups` and `key_share`, such as "x25519".
[[nodiscard]] std::string_view group_name(std::uint16_t group) noexcept;

/// Likewise the name of a version, such as "TLS 1.3".
[[nodiscard]] std::string_view version_name(std::uint16_t version) noexcept;

}  // namespace simplon
