#include "simplon/hello/client_hello.hpp"

#include "hello/extensions.hpp"

#include <algorithm>
#include <array>

namespace simplon {

namespace {

/// Ephemeral key exchange with AEAD, outside RFC 9113 Appendix A, without what servers leave off (CCM, ARIA, Camellia).
constexpr std::array<std::uint16_t, 9> h2_suites = {
    0xc02b, 0xc02c,  // ECDHE_ECDSA AES-GCM (RFC 5289)
    0xc02f, 0xc030,  // ECDHE_RSA AES-GCM (RFC 5289)
    0xcca8, 0xcca9,  // ECDHE_RSA, ECDHE_ECDSA ChaCha20-Poly1305 (RFC 7905)
    0xccaa,          // DHE_RSA ChaCha20-Poly1305 (RFC 7905)
    0x009e, 0x009f,  // DHE_RSA AES-GCM (RFC 5288)
};

/// The fields before the extensions; `reader` stands behind them afterwards.
bool parse_fields(ByteReader& reader, ClientHelloView& hello) noexcept {
  const auto version = reader.read_u16();
  const auto random = reader.read(32);
  const auto session_id = reader.read_vector_u8();
  const auto suites = reader.read_vector_u16();
  const auto compression = reader.read_vector_u8();
  if (!version || !random || !session_id || !suites || !compression) return false;
  // legacy_session_id<0..32>, cipher_suites<2..2^16-2>, legacy_compression_methods<1..2^8-1>
  if (session_id->size() > 32 || suites->empty() || suites->size() % 2 != 0 || compression->empty()) return false;
  hello.legacy_version = *version;
  hello.random = *random;
  hello.session_id = *session_id;
  hello.cipher_suites = *U16List::from(*suites);
  hello.compression_methods = *compression;
  return true;
}

}  // namespace

std::expected<ClientHelloView, WireError> parse_client_hello(Bytes message) noexcept {
  constexpr std::uint8_t client_hello = 1;  // RFC 8446 §4: HandshakeType
  std::expected<ClientHelloView, WireError> result;
  ByteReader reader(message);
  const auto type = reader.read_u8();
  if (type && *type != client_hello) return std::unexpected(WireError::not_client_hello);
  const auto length = reader.read_u24();
  if (!length || *length != reader.remaining()) return std::unexpected(WireError::malformed_hello);
  result->message = message;
  if (!parse_fields(reader, *result)) return std::unexpected(WireError::malformed_hello);
  // RFC 5246 §7.4.1.2: a hello may end here, without a block of extensions.
  if (reader.empty()) return result;
  const auto block = reader.read_vector_u16();
  if (!block || !reader.empty()) return std::unexpected(WireError::malformed_hello);
  if (const auto parsed = parse_extensions(*block, *result); !parsed) return std::unexpected(parsed.error());
  return result;
}

std::optional<std::uint16_t> highest_version(const ClientHelloView& hello) noexcept {
  constexpr std::uint16_t lowest = 0x0301;
  constexpr std::uint16_t tls_1_2 = 0x0303;
  constexpr std::uint16_t tls_1_3 = 0x0304;
  if (!hello.supported_versions) {
    if (hello.legacy_version < lowest) return std::nullopt;
    return std::min(hello.legacy_version, tls_1_2);
  }
  std::optional<std::uint16_t> highest;
  for (const std::uint16_t version : *hello.supported_versions) {
    if (version >= lowest && version <= tls_1_3 && (!highest || version > *highest)) highest = version;
  }
  return highest;
}

bool offers_h2_suite(const ClientHelloView& hello) noexcept {
  return std::ranges::any_of(
      hello.cipher_suites, [](std::uint16_t suite) { return std::ranges::find(h2_suites, suite) != h2_suites.end(); });
}

}  // namespace simplon
