// The handshake messages of a server, as wrong as a client's test needs them. Nothing is judged but lengths.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "tls/certificate.hpp"

#include <cstdint>
#include <vector>

namespace simplon::probe {

/// One extension of a message.
struct Extension {
  std::uint16_t type;
  std::vector<std::byte> body;
};

using Extensions = std::vector<Extension>;

/// ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3).
struct ServerHello {
  Bytes random;  ///< 32 bytes
  Bytes session_id;
  std::uint16_t suite = 0;
  Extensions extensions;
};

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 §4.1.3).
[[nodiscard]] Bytes retry_random() noexcept;

/// Each of these is the whole message, its four-byte header included.
[[nodiscard]] std::vector<std::byte> write_server_hello(const ServerHello& hello);
[[nodiscard]] std::vector<std::byte> write_encrypted_extensions(const Extensions& extensions);
/// For TLS 1.3, with these extensions at the leaf (RFC 8446 §4.4.2).
[[nodiscard]] std::vector<std::byte> write_certificate(const tls::Certificate& certificate, const Extensions& of_leaf);
[[nodiscard]] std::vector<std::byte> write_tls12_certificate(const tls::Certificate& certificate);
[[nodiscard]] std::vector<std::byte> write_certificate_verify(std::uint16_t scheme, Bytes signature);
/// `parameters` are what `write_key_exchange_parameters` makes, and what is signed.
[[nodiscard]] std::vector<std::byte> write_server_key_exchange(Bytes parameters, std::uint16_t scheme, Bytes signature);
[[nodiscard]] std::vector<std::byte> write_server_hello_done();
[[nodiscard]] std::vector<std::byte> write_finished(Bytes verify);

/// No message of its own: the group and the share of a ServerKeyExchange (RFC 8422 §5.4).
[[nodiscard]] std::vector<std::byte> write_key_exchange_parameters(std::uint16_t group, Bytes share);

/// `content` in a record without protection; it has at most 16,384 bytes.
[[nodiscard]] std::vector<std::byte> write_record(std::uint8_t type, Bytes content);

}  // namespace simplon::probe
