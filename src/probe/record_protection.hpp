// Protected records of TLS 1.3 (RFC 8446 §5.2), by the TLS library's AEADs. For probing alone, never for traffic.
#pragma once

#include "probe/key_schedule.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace simplon::probe {

/// What a protected record held.
struct InnerPlaintext {
  std::uint8_t type;  ///< the content type that was hidden
  std::vector<std::byte> content;
};

/// One direction of a connection.
class RecordProtection {
 public:
  /// `traffic_secret` is that of the sender. `suite` lives as long as the program.
  RecordProtection(const Suite& suite, const Secret& traffic_secret);

  /// Opens the next record; nothing where it was not sealed with this key. `header` has its five bytes.
  [[nodiscard]] std::optional<InnerPlaintext> open(Bytes header, Bytes body);
  /// The next record, header and body, of at most 16,384 bytes of content.
  [[nodiscard]] std::vector<std::byte> seal(std::uint8_t type, Bytes content);

 private:
  [[nodiscard]] std::vector<std::byte> next_nonce();

  const Suite* suite_;
  Secret key_;
  Secret iv_;
  std::uint64_t sequence_ = 0;
};

}  // namespace simplon::probe
