// The PROXY protocol's header, versions 1 and 2, read and built; no sockets here. "PROXY §" cites HAProxy's
// proxy-protocol.txt.
#pragma once

#include "net/endpoint.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace simplon::net {

/// The longest header that is read or built, in bytes. Version 2 could announce 64 KiB; a client's certificate, which
/// is the largest thing that proxies put in, fits.
inline constexpr std::size_t proxy_header_bytes = 16384;

/// Why bytes are no header, or why none can be built.
enum class ProxyError : std::uint8_t {
  not_proxy,          ///< they begin like neither version (PROXY §2.2)
  line_too_long,      ///< version 1: no CRLF within 107 bytes (PROXY §2.1)
  bad_line,           ///< version 1: not the line of PROXY §2.1
  bad_address,        ///< version 1: no address of the announced family
  bad_port,           ///< version 1: not 0 to 65535 without leading zeros
  bad_version,        ///< version 2's signature and another version's number (PROXY §2.2)
  bad_command,        ///< neither LOCAL nor PROXY
  bad_family,         ///< an unspecified family or transport
  too_long,           ///< longer than `proxy_header_bytes`
  addresses_cut,      ///< the length announced has no room for the family's addresses
  broken_tlv,         ///< a TLV that reaches beyond its parent, or a value of the wrong size (PROXY §2.2)
  checksum_mismatch,  ///< PP2_TYPE_CRC32C is there and wrong (PROXY §2.2.3)
  repeated_checksum,  ///< it is there twice, so it is a checksum of nothing
};

/// One sentence for people, without a full stop.
[[nodiscard]] std::string_view describe(ProxyError error) noexcept;

/// The two ends of a connection; both are IP addresses, or both Unix sockets.
struct ProxyAddresses {
  Endpoint source;       ///< the client
  Endpoint destination;  ///< where it connected to
};

/// PP2_TYPE_SSL: how the client came in over TLS (PROXY §2.2.6). Text belongs to somebody else.
struct ProxySsl {
  // Bits of `client`.
  static constexpr std::uint8_t over_tls = 0x01;                ///< PP2_CLIENT_SSL
  static constexpr std::uint8_t certificate_now = 0x02;         ///< PP2_CLIENT_CERT_CONN: over this connection
  static constexpr std::uint8_t certificate_in_session = 0x04;  ///< PP2_CLIENT_CERT_SESS: once over this session

  std::uint8_t client = 0;
  std::uint32_t verify = 1;                     ///< 0: the client presented a certificate, and it verified
  std::optional<std::string_view> version;      ///< "TLSv1.3"
  std::optional<std::string_view> cipher;       ///< as OpenSSL names it: "ECDHE-RSA-AES128-GCM-SHA256"
  std::optional<std::string_view> common_name;  ///< of the client's certificate
};

/// What else a version 2 header tells. Bytes and text belong to somebody else.
struct ProxyDetails {
  std::optional<Bytes> alpn;                  ///< PP2_TYPE_ALPN: the protocol spoken (PROXY §2.2.1)
  std::optional<std::string_view> authority;  ///< PP2_TYPE_AUTHORITY: the server name (PROXY §2.2.2); any bytes
  std::optional<ProxySsl> ssl;
};

/// A whole header. It refers to the bytes that it was read from.
struct ProxyHeader {
  std::size_t size = 0;  ///< of the header; the connection's own bytes follow
  /// Nothing: the connection's real ends hold (LOCAL, UNKNOWN, UNSPEC, and datagrams, which this can't be about).
  std::optional<ProxyAddresses> addresses;
  ProxyDetails details;  ///< of a repeated TLV the first; all empty in version 1
};

/// So far it is the beginning of a header, which is not whole before this many more bytes are there.
struct ProxyNeedsMore {
  std::size_t bytes = 1;
};

/// Reads a header of either version from the front of `bytes`, all that has come so far. A checksum is verified.
[[nodiscard]] std::expected<std::variant<ProxyNeedsMore, ProxyHeader>, ProxyError> read_proxy_header(Bytes bytes);

/// A version 1 header; "UNKNOWN" without IP addresses (PROXY §2.1).
[[nodiscard]] std::vector<std::byte> build_proxy_v1(const std::optional<ProxyAddresses>& addresses);

/// A version 2 header with these details and a checksum; UNSPEC without addresses (PROXY §2.2). Fails where it would be
/// `too_long`.
[[nodiscard]] std::expected<std::vector<std::byte>, ProxyError> build_proxy_v2(
    const std::optional<ProxyAddresses>& addresses, const ProxyDetails& details);

}  // namespace simplon::net
