// What the PROXY protocol's reader and writer share. Private to them.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/crc.hpp>

namespace simplon::net::proxy_wire {

/// PROXY §2.1: the longest line, CRLF included.
inline constexpr std::size_t line_bytes = 107;
inline constexpr std::string_view line_start = "PROXY";

/// PROXY §2.2
inline constexpr std::string_view signature{"\r\n\r\n\0\r\nQUIT\n", 12};
inline constexpr std::size_t fixed_bytes = 16;
inline constexpr std::uint8_t version_2 = 0x20;

enum Command : std::uint8_t { local = 0, proxy = 1 };
enum Family : std::uint8_t { unspecified = 0, inet = 1, inet6 = 2, unix_socket = 3 };
enum Transport : std::uint8_t { no_transport = 0, stream = 1, datagram = 2 };

/// One path of a Unix socket.
inline constexpr std::size_t path_bytes = 108;
/// Source and destination, ports included, by `Family`.
inline constexpr std::array<std::size_t, 4> address_bytes = {0, 12, 36, 2 * path_bytes};

enum Type : std::uint8_t {
  alpn = 0x01,
  authority = 0x02,
  crc32c = 0x03,
  ssl = 0x20,
  ssl_version = 0x21,
  ssl_common_name = 0x22,
  ssl_cipher = 0x23,
};

inline constexpr std::size_t checksum_bytes = 4;

/// The checksum of `header` with zeros in place of the `checksum_bytes` at `place` (PROXY §2.2.3; RFC 4960, Appendix
/// B).
inline std::uint32_t checksum(Bytes header, std::size_t place) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  constexpr std::array<std::byte, checksum_bytes> zeros{};
  const Bytes rest = header.subspan(place + checksum_bytes);
  crc.process_bytes(header.data(), place);
  crc.process_bytes(zeros.data(), zeros.size());
  crc.process_bytes(rest.data(), rest.size());
  return crc.checksum();
}

}  // namespace simplon::net::proxy_wire
