// What a server speaks, found out before it is judged.
#pragma once

#include "probe/questioner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace simplon::probe {

/// Of one TLS version.
struct VersionProfile {
  std::uint16_t version = tls_1_3;
  Observation plain;               ///< of a hello without ALPN
  std::vector<ProtocolId> spoken;  ///< the ids that are selected, the most preferred first where the order is its own
  Observation last;                ///< of the last offer, of which nothing was selected
  std::vector<std::byte> last_offer;  ///< that offer, an extension's body
  [[nodiscard]] bool supported() const noexcept { return plain.outcome == Outcome::answered; }
};

/// Of both.
struct Profile {
  std::vector<VersionProfile> versions;  ///< TLS 1.3, then TLS 1.2

  /// The newest version that is supported; null where none is.
  [[nodiscard]] const VersionProfile* best() const noexcept;
};

/// Finds out which of `candidates` the server selects, in each TLS version. It is asked for all of them, then for all
/// but what it selected, until nothing is selected any more.
[[nodiscard]] Profile find_profile(Questioner& server, const std::vector<ProtocolId>& candidates);

/// All registered ids that are not GREASE, and `extra` before them. Without acme-tls/1, which a client offers alone
/// (RFC 8737 §3); there are servers that refuse a list for it.
[[nodiscard]] std::vector<ProtocolId> candidates_with(const std::vector<ProtocolId>& extra);

}  // namespace simplon::probe
