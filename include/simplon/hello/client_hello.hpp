// The ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2): what a client says before anybody has answered.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "simplon/alpn/error.hpp"
#include "simplon/alpn/protocol_list.hpp"
#include "simplon/hello/lists.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

namespace simplon {

/// Extension types that are looked into (IANA "TLS ExtensionType Values").
namespace extension_type {
inline constexpr std::uint16_t server_name = 0;                  ///< RFC 6066 §3
inline constexpr std::uint16_t supported_groups = 10;            ///< RFC 8446 §4.2.7
inline constexpr std::uint16_t signature_algorithms = 13;        ///< RFC 8446 §4.2.3
inline constexpr std::uint16_t alpn = 16;                        ///< RFC 7301 §3.1
inline constexpr std::uint16_t padding = 21;                     ///< RFC 7685
inline constexpr std::uint16_t pre_shared_key = 41;              ///< RFC 8446 §4.2.11; always the last one
inline constexpr std::uint16_t supported_versions = 43;          ///< RFC 8446 §4.2.1
inline constexpr std::uint16_t key_share = 51;                   ///< RFC 8446 §4.2.8
inline constexpr std::uint16_t encrypted_client_hello = 0xfe0d;  ///< RFC 9849 §5
}  // namespace extension_type

/// One extension (RFC 8446 §4.2).
struct ExtensionView {
  std::uint16_t type;  ///< one of `extension_type`, or any other
  Bytes body;          ///< what its two-byte length covers
};

/// One key share (RFC 8446 §4.2.8); `key` has at least one byte.
struct KeyShareView {
  std::uint16_t group;  ///< RFC 8446 §4.2.7
  Bytes key;            ///< the public value
};

using ExtensionList = TaggedList<ExtensionView>;  ///< in the order of the wire
using KeyShareList = TaggedList<KeyShareView>;    ///< likewise

/// A ClientHello that somebody else owns, known to be well formed. Everything in it is valid as long as the bytes it
/// was parsed from.
struct ClientHelloView {
  Bytes message;                     ///< the whole handshake message, its four-byte header included
  std::uint16_t legacy_version = 0;  ///< the version of a client without `supported_versions`
  Bytes random;                      ///< 32 bytes
  Bytes session_id;                  ///< 0 to 32 bytes
  U16List cipher_suites;             ///< at least one
  Bytes compression_methods;         ///< at least one
  ExtensionList extensions;          ///< in the order of the wire; of no items also where the hello has no such block

  // The extensions that routing, the log or fingerprints need; nothing where the client did not send one.
  std::optional<Bytes> server_name;             ///< as sent, 1 byte or more; `ServerName` makes a host name of it
  std::optional<ProtocolListView> alpn;         ///< RFC 7301 §3.1
  std::optional<U16List> supported_versions;    ///< at least one, GREASE included
  std::optional<U16List> supported_groups;      ///< at least one, GREASE included
  std::optional<U16List> signature_algorithms;  ///< at least one, GREASE included
  std::optional<KeyShareList> key_share;        ///< may be of no items (RFC 8446 §4.2.8)
  std::optional<Bytes> encrypted_client_hello;  ///< the extension's body; browsers often send a meaningless one
  std::optional<std::size_t> padding;           ///< how many bytes of padding
};

/// Reads a whole handshake message, its four-byte header included. Takes no memory but the stack's and time linear in
/// the message. Fails with
/// - `not_client_hello`: the message is of another type,
/// - `malformed_hello`: lengths that do not add up, bytes too many, or a vector shorter or longer than allowed,
/// - `duplicate_extension`: a type stands twice (RFC 8446 §4.2),
/// - `malformed_extension`: the body of an extension of `ClientHelloView` does not add up,
/// - what `ProtocolListView::parse` fails with, for the ALPN extension.
[[nodiscard]] std::expected<ClientHelloView, WireError> parse_client_hello(Bytes message) noexcept;

/// The highest TLS version that the client offers, 0x0301 to 0x0304: from `supported_versions` with unknown versions
/// and GREASE left out, otherwise `legacy_version`, which stands for no more than TLS 1.2 (RFC 8446 §4.2.1). Nothing
/// when the client offers none of them.
[[nodiscard]] std::optional<std::uint16_t> highest_version(const ClientHelloView& hello) noexcept;

/// Whether the client offers a TLS 1.2 cipher suite that HTTP/2 may use and that servers have: ephemeral key exchange
/// with an AEAD cipher, outside the list of RFC 9113 Appendix A.
[[nodiscard]] bool offers_h2_suite(const ClientHelloView& hello) noexcept;

}  // namespace simplon
