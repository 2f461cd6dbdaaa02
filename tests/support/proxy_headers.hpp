// PROXY headers by hand. "PROXY §" cites HAProxy's proxy-protocol.txt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace simplon::test {

inline std::string big_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}

/// A version 2 header around `block`; `length` other than the block's lies.
inline std::string proxy_v2(std::uint8_t command, std::uint8_t who, std::string_view block, std::size_t length) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += static_cast<char>(command);
  header += static_cast<char>(who);
  return header + big_endian(length, 2) + std::string(block);
}
inline std::string proxy_v2(std::uint8_t command, std::uint8_t who, std::string_view block) {
  return proxy_v2(command, who, block, block.size());
}

inline std::string proxy_tlv(std::uint8_t type, std::string_view value) {
  return static_cast<char>(type) + big_endian(value.size(), 2) + std::string(value);
}

/// 192.0.2.1:1000 to 198.51.100.7:443
inline std::string inet_block() { return {"\xc0\x00\x02\x01\xc6\x33\x64\x07\x03\xe8\x01\xbb", 12}; }

/// [2001:db8::1]:1000 to [2001:db8::2]:443
inline std::string inet6_block() {
  const std::string prefix = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0');
  return prefix + '\x01' + prefix + '\x02' + std::string("\x03\xe8\x01\xbb", 4);
}

/// "/run/a" to "/run/b"
inline std::string unix_block() {
  return std::string("/run/a") + std::string(102, '\0') + "/run/b" + std::string(102, '\0');
}

/// A version 1 header of a client at `source`, port 1000.
inline std::string proxy_v1(std::string_view source) {
  const bool v6 = source.find(':') != std::string_view::npos;
  return std::string("PROXY ") + (v6 ? "TCP6 " : "TCP4 ") + std::string(source) +
         (v6 ? " 2001:db8::2" : " 198.51.100.7") + " 1000 443\r\n";
}

/// What HAProxy 2.6 sends for `send-proxy-v2 proxy-v2-options crc32c,ssl,cert-cn,ssl-cipher,authority`, from
/// 127.0.0.1:60370 to 127.0.0.1:39693.
inline std::string haproxy_header() {
  return proxy_v2(0x21, 0x11,
                  std::string("\x7f\0\0\x01\x7f\0\0\x01\xeb\xd2\x9b\x0d", 12) + proxy_tlv(0x03, "\x7d\xee\x70\xee") +
                      proxy_tlv(0x01, "h2") + proxy_tlv(0x02, "app.example.com") +
                      proxy_tlv(0x20, std::string("\x01\0\0\0\0", 5) + proxy_tlv(0x21, "TLSv1.3") +
                                          proxy_tlv(0x23, "TLS_AES_256_GCM_SHA384")));
}

}  // namespace simplon::test
