// The key schedule of TLS 1.3 (RFC 8446 §7.1), by the TLS library's HKDF and hashes. For probing alone, never for
// traffic.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

struct evp_md_st;
struct evp_cipher_st;

namespace simplon::probe {

using Secret = std::vector<std::byte>;

/// A cipher suite of TLS 1.3 (RFC 8446 §B.4).
struct Suite {
  std::uint16_t number;
  const evp_md_st* hash;
  const evp_cipher_st* cipher;
};

/// Of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256 the one with this number; null
/// for any other.
[[nodiscard]] const Suite* find_suite(std::uint16_t number) noexcept;

/// The handshake messages so far, to be hashed (RFC 8446 §4.4.1).
class Transcript {
 public:
  void add(Bytes message) { messages_.insert(messages_.end(), message.begin(), message.end()); }
  /// After a HelloRetryRequest: message_hash stands for the first ClientHello, all that was added so far.
  void replace_by_hash(const Suite& suite);
  [[nodiscard]] Secret hash(const Suite& suite) const;

 private:
  std::vector<std::byte> messages_;
};

/// HKDF-Expand-Label (RFC 8446 §7.1). Throws std::bad_alloc where the library fails.
[[nodiscard]] Secret expand_label(const Suite& suite, const Secret& secret, std::string_view label, Bytes context,
                                  std::size_t size);

/// The secrets of a full handshake without a pre-shared key.
struct HandshakeSecrets {
  Secret handshake;  ///< what application secrets come of
  Secret client;     ///< client_handshake_traffic_secret
  Secret server;     ///< server_handshake_traffic_secret
};

/// From the shared secret of the key exchange and the transcript up to ServerHello.
[[nodiscard]] HandshakeSecrets derive_handshake_secrets(const Suite& suite, const Secret& shared,
                                                        const Transcript& transcript);

/// The secrets of the traffic behind the handshake.
struct ApplicationSecrets {
  Secret client;  ///< client_application_traffic_secret_0
  Secret server;  ///< server_application_traffic_secret_0
};

/// From the handshake's secret and the transcript up to the server's Finished.
[[nodiscard]] ApplicationSecrets derive_application_secrets(const Suite& suite, const Secret& handshake,
                                                            const Transcript& transcript);

/// The body of a Finished message: over the transcript so far, under this side's handshake traffic secret
/// (RFC 8446 §4.4.4).
[[nodiscard]] Secret finished(const Suite& suite, const Secret& traffic_secret, const Transcript& transcript);

}  // namespace simplon::probe
