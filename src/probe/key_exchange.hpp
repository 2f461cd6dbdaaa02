// A key exchange of TLS 1.3, by the TLS library's primitives. For probing alone, never for traffic.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "tls/native.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace simplon::probe {

/// Named groups (RFC 8446 §4.2.7).
namespace group {
inline constexpr std::uint16_t p_256 = 23;
inline constexpr std::uint16_t p_384 = 24;
inline constexpr std::uint16_t x25519 = 29;
}  // namespace group

/// The groups that a KeyExchange can have, the one that most servers choose first.
[[nodiscard]] std::span<const std::uint16_t> known_groups() noexcept;

/// An ephemeral key.
class KeyExchange {
 public:
  /// A fresh key of one of the known groups. Throws std::bad_alloc where the library can't make it.
  explicit KeyExchange(std::uint16_t group);

  [[nodiscard]] std::uint16_t group() const noexcept { return group_; }
  /// Our share, as the key_share extension has it.
  [[nodiscard]] Bytes share() const noexcept { return share_; }
  /// The secret shared with the owner of `peer_share`; nothing where that is no share of the group.
  [[nodiscard]] std::optional<std::vector<std::byte>> agree(Bytes peer_share) const;

 private:
  std::uint16_t group_;
  tls::KeyOwner key_;
  std::vector<std::byte> share_;
};

}  // namespace simplon::probe
