// Keys and protected records of TLS 1.2 with AES-128-GCM and SHA-256 (RFC 5246 §6.3 and §8.1, RFC 5288 §3), by the TLS
// library's primitives. For probing alone, never for traffic.
#pragma once

#include "probe/key_schedule.hpp"
#include "probe/record_protection.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace simplon::probe {

/// What one side encrypts with.
struct Tls12Keys {
  Secret key;
  Secret iv;  ///< the four bytes that every nonce begins with
};

/// The secrets of a connection.
struct Tls12Secrets {
  Secret master;
  Tls12Keys client;
  Tls12Keys server;
};

/// From the secret of the key exchange. Throws std::bad_alloc where the library fails.
[[nodiscard]] Tls12Secrets derive_tls12_secrets(const Secret& shared, Bytes client_random, Bytes server_random);

enum class Tls12Side : std::uint8_t { client, server };

/// The body of that side's Finished message: over the transcript so far (RFC 5246 §7.4.9).
[[nodiscard]] Secret tls12_finished(const Secret& master, Tls12Side side, const Transcript& transcript);

/// One direction of a connection.
class Tls12Protection {
 public:
  /// `keys` are those of the sender.
  explicit Tls12Protection(Tls12Keys keys) : keys_(std::move(keys)) {}

  /// Opens the next record; nothing where it was not sealed with these keys. `header` has its five bytes.
  [[nodiscard]] std::optional<InnerPlaintext> open(Bytes header, Bytes body);
  /// The next record, header and body, of at most 16,384 bytes of content.
  [[nodiscard]] std::vector<std::byte> seal(std::uint8_t type, Bytes content);

 private:
  [[nodiscard]] std::vector<std::byte> next_associated_data(std::uint8_t type, std::size_t size);
  [[nodiscard]] std::vector<std::byte> nonce_of(Bytes explicit_part) const;

  Tls12Keys keys_;
  std::uint64_t sequence_ = 0;
};

}  // namespace simplon::probe
