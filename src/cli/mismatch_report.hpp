// What a log tells of the clients that `mismatch = "reject"` would refuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// Counts connections of a JSON log, line by line. Its memory grows with the number of different listeners, offers and
/// fingerprints, up to a bound.
class MismatchReport {
 public:
  /// Different offers that are kept apart at one listener, and fingerprints of one offer; the others count as "other".
  static constexpr std::size_t most_kept = 1000;

  /// Takes one line; what is no connection is passed over.
  void add(std::string_view line);

  /// Connections of which the log tells, and those among them that would have been refused.
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  [[nodiscard]] std::uint64_t would_reject() const noexcept { return would_reject_; }
  /// Lines that are no JSON.
  [[nodiscard]] std::uint64_t unreadable() const noexcept { return unreadable_; }

  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] nlohmann::ordered_json to_json() const;

 private:
  struct Offer {
    std::uint64_t connections = 0;
    std::map<std::string, std::uint64_t> clients;  ///< by JA4
  };
  struct Listener {
    std::uint64_t connections = 0;
    std::uint64_t would_reject = 0;
    std::map<std::string, Offer> offers;  ///< by the list offered
  };

  std::uint64_t connections_ = 0;
  std::uint64_t would_reject_ = 0;
  std::uint64_t unreadable_ = 0;
  std::map<std::string, Listener> listeners_;
};

}  // namespace simplon::cli
