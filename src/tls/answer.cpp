#include "tls/answer.hpp"

namespace simplon::tls {

namespace {

constexpr std::uint8_t server_hello = 2;
constexpr std::uint8_t encrypted_extensions = 8;
constexpr std::uint16_t alpn_extension = 16;

}  // namespace

std::optional<Bytes> find_answer(Bytes message) noexcept {
  ByteReader reader(message);
  const auto type = reader.read_u8();
  if (!type || (*type != server_hello && *type != encrypted_extensions) || !reader.read(3)) return std::nullopt;
  if (*type == server_hello) {
    // legacy_version, random, legacy_session_id_echo, cipher_suite, legacy_compression_method (RFC 8446 §4.1.3)
    if (!reader.read(2 + 32) || !reader.read_vector_u8() || !reader.read(2 + 1)) return std::nullopt;
  }
  const auto extensions = reader.read_vector_u16();
  if (!extensions) return std::nullopt;
  ByteReader list(*extensions);
  while (const auto id = list.read_u16()) {
    const auto body = list.read_vector_u16();
    if (!body) return std::nullopt;
    if (*id == alpn_extension) return body;
  }
  return std::nullopt;
}

}  // namespace simplon::tls
