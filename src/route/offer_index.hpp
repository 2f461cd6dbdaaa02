// A client's offer against the names that the routes know. Private to this layer.
#pragma once

#include "route/compiled.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace simplon::route {

/// One pass over an offer, linear in its bytes whatever their number; lives on the stack. Empty until it is filled, and
/// never wrapped in an optional: GCC 12 clears all of one, two kilobytes, before its value is made.
class OfferIndex {
 public:
  OfferIndex() noexcept {}  // NOLINT(modernize-use-equals-default): with it, {} would clear `places_`

  /// To be called once.
  void fill(const RouteTable::Compiled& table, ProtocolListView offer) noexcept;

  /// Whether the protocol numbered `protocol` is offered.
  [[nodiscard]] bool contains(std::uint32_t protocol) const noexcept {
    return (offered_[protocol / 64] >> (protocol % 64) & 1) != 0;
  }
  /// The place in the list of an offered protocol: smaller is preferred.
  [[nodiscard]] std::uint32_t place(std::uint32_t protocol) const noexcept { return places_[protocol]; }
  /// Whether `protocol` is the client's first name, GREASE aside.
  [[nodiscard]] bool is_first(std::uint32_t protocol) const noexcept { return first_ == protocol; }
  /// Whether the client offers one name, GREASE and repetitions aside.
  [[nodiscard]] bool is_single() const noexcept { return single_; }
  /// Whether the list has one entry, literally.
  [[nodiscard]] bool has_one_entry() const noexcept { return one_entry_; }
  /// What routes may match, by their filters.
  [[nodiscard]] Filter filter() const noexcept { return filter_; }

 private:
  std::array<std::uint64_t, RouteTable::max_protocols / 64> offered_{};
  std::array<std::uint16_t, RouteTable::max_protocols> places_;  // only where offered_ has the bit
  std::optional<std::uint32_t> first_;                           // nothing: GREASE only, or a name no route knows
  bool single_ = false;
  bool one_entry_ = false;
  Filter filter_ = every_bit;
};

}  // namespace simplon::route
