// Makes ClientHellos: for probes, for tests, and for telling a server what no TLS library would say.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "simplon/alpn/error.hpp"
#include "simplon/alpn/protocol_list.hpp"
#include "simplon/hello/client_hello.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace simplon {

/// A ClientHello in the making. Extensions stand in the order in which they were first set; setting one again replaces
/// its body in place. Everything given is copied. Nothing is judged but lengths, so that a hello can be as wrong as a
/// test needs it: what does not fit its length prefix makes `build` fail with `too_large_to_encode`.
class ClientHelloBuilder {
 public:
  /// A hello without extensions: TLS 1.2, 32 zero bytes for the random, no session id, no compression, and the cipher
  /// suites of TLS 1.3 and TLS 1.2 that HTTP/2 may use.
  ClientHelloBuilder();

  /// A hello for TLS 1.3 and 1.2 with `key_shares`: their groups, X25519 and P-256 beside them, common signature
  /// schemes, extended_master_secret, renegotiation_info, psk_key_exchange_modes and uncompressed points. Who means to
  /// finish the handshake sets `random` and `session_id` as well.
  [[nodiscard]] static ClientHelloBuilder modern(std::span<const KeyShareView> key_shares);

  /// The version field; TLS 1.3 clients leave it at 0x0303 (RFC 8446 §4.1.2).
  ClientHelloBuilder& legacy_version(std::uint16_t version);
  /// The random; a hello that others take for one has 32 bytes here.
  ClientHelloBuilder& random(Bytes random);
  ClientHelloBuilder& session_id(Bytes session_id);  ///< at most 32 bytes in a hello that others take for one
  ClientHelloBuilder& cipher_suites(std::span<const std::uint16_t> suites);  ///< replaces the suites
  ClientHelloBuilder& compression_methods(Bytes methods);                    ///< one byte each

  /// One host_name entry (RFC 6066 §3), sent as it is.
  ClientHelloBuilder& server_name(std::string_view host_name);
  ClientHelloBuilder& alpn(ProtocolListView list);                                   ///< RFC 7301 §3.1
  ClientHelloBuilder& supported_versions(std::span<const std::uint16_t> versions);   ///< RFC 8446 §4.2.1
  ClientHelloBuilder& supported_groups(std::span<const std::uint16_t> groups);       ///< RFC 8446 §4.2.7
  ClientHelloBuilder& signature_algorithms(std::span<const std::uint16_t> schemes);  ///< RFC 8446 §4.2.3
  ClientHelloBuilder& key_shares(std::span<const KeyShareView> shares);              ///< RFC 8446 §4.2.8

  /// Any extension with any body, well formed or not, such as an ALPN list that no `ProtocolList` can be.
  ClientHelloBuilder& extension(std::uint16_t type, Bytes body);
  /// Likewise, but behind all others even where its type stands already.
  ClientHelloBuilder& repeat_extension(std::uint16_t type, Bytes body);
  /// Leaves the extension out again.
  ClientHelloBuilder& without_extension(std::uint16_t type);
  /// Leaves out the whole block, its length included, as clients before TLS 1.2 do (RFC 5246 §7.4.1.2).
  ClientHelloBuilder& without_extension_block();

  /// Sprinkles GREASE like browsers do (RFC 8701 §3): first of the cipher suites and, where those extensions are set,
  /// of versions, groups and key shares, and as first and last extension. `seed` picks the values.
  ClientHelloBuilder& grease(std::uint8_t seed = 0);

  /// Pads the message to `size` bytes, its header included, with the padding extension (RFC 7685), which replaces one
  /// set before; it stands last, or before pre_shared_key, which must (RFC 8446 §4.2.11). A message that is shorter by
  /// less than the four bytes of an empty extension becomes longer than `size`.
  ClientHelloBuilder& pad_to(std::size_t size);

  /// The handshake message, its four-byte header included. Fails with `too_large_to_encode`.
  [[nodiscard]] std::expected<std::vector<std::byte>, WireError> build() const;

 private:
  struct Extension {
    std::uint16_t type;
    std::vector<std::byte> body;
  };

  ClientHelloBuilder& vector_extension(std::uint16_t type, std::size_t width, Bytes content);
  ClientHelloBuilder& u16_extension(std::uint16_t type, std::size_t width, std::span<const std::uint16_t> values);
  [[nodiscard]] ClientHelloBuilder with_grease(std::uint8_t seed) const;
  [[nodiscard]] std::expected<std::vector<std::byte>, WireError> encode(std::optional<std::size_t> padding) const;

  std::uint16_t legacy_version_ = 0x0303;
  std::vector<std::byte> random_;
  std::vector<std::byte> session_id_;
  std::vector<std::uint16_t> cipher_suites_;
  std::vector<std::byte> compression_methods_;
  std::vector<Extension> extensions_;
  bool extension_block_ = true;
  bool too_large_ = false;  ///< an extension's own vector did not fit its length prefix
  std::optional<std::uint8_t> grease_seed_;
  std::optional<std::size_t> pad_to_;
};

/// Cuts a handshake message into TLS records of `fragment_size` bytes each, the last one perhaps shorter, with the
/// version 0x0301 that clients start with (RFC 8446 §5.1). `fragment_size` counts as at least 1 and at most 16,384.
[[nodiscard]] std::vector<std::byte> to_records(Bytes message, std::size_t fragment_size = 16384);

}  // namespace simplon
