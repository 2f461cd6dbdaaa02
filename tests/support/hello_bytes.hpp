// ClientHellos as a client sends them, for tests against a gateway.
#pragma once

#include "simplon/hello/builder.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::test {

inline std::string text_of(Bytes bytes) { return std::string(as_text(bytes)); }

/// An ALPN extension's body with these names, however long and of whatever bytes.
inline std::string alpn_body(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    list += static_cast<char>(name.size()) + name;
  const std::string size = {static_cast<char>(list.size() >> 8), static_cast<char>(list.size() & 0xff)};
  return size + list;
}

/// A hello for TLS 1.3 and 1.2, as current clients send it.
inline ClientHelloBuilder hello_for(std::optional<std::string_view> server_name,
                                    const std::optional<std::vector<std::string>>& alpn) {
  static constexpr std::array<std::byte, 32> bytes = {std::byte{9}};
  static constexpr KeyShareView share{0x001d, bytes};  // x25519
  ClientHelloBuilder builder = ClientHelloBuilder::modern({&share, 1});
  builder.random(bytes).session_id(bytes);
  if (server_name) builder.server_name(*server_name);
  if (alpn) builder.extension(16, as_bytes(alpn_body(*alpn)));
  return builder;
}

/// In records of `fragment` bytes.
inline std::string in_records(const ClientHelloBuilder& builder, std::size_t fragment = 16384) {
  return text_of(to_records(builder.build().value(), fragment));
}

/// One record around `fragment`.
inline std::string record_of(std::uint8_t type, std::string_view fragment) {
  std::string record = {static_cast<char>(type), 3, 1, static_cast<char>(fragment.size() >> 8),
                        static_cast<char>(fragment.size() & 0xff)};
  return record.append(fragment);
}

/// The alert as the gateway writes it: `15 03 03 00 02 02 <alert>` (RFC 8446 §5.1, §6).
inline std::string fatal_alert(std::uint8_t alert) {
  return std::string("\x15\x03\x03\x00\x02\x02", 6) + static_cast<char>(alert);
}

}  // namespace simplon::test
