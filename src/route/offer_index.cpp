#include "route/offer_index.hpp"

namespace simplon::route {

void OfferIndex::fill(const RouteTable::Compiled& table, ProtocolListView offer) noexcept {
  std::optional<ProtocolIdView> first;
  std::uint16_t place = 0;
  std::size_t entries = 0;
  for (const ProtocolIdView id : offer) {
    ++entries;
    if (is_grease(id)) continue;
    const auto protocol = table.protocols.find(id.bytes());
    if (!first) {
      first = id;
      first_ = protocol;
      single_ = true;
    } else if (single_ && id != *first) {
      single_ = false;
    }
    if (protocol && !contains(*protocol)) {
      offered_[*protocol / 64] |= std::uint64_t{1} << (*protocol % 64);
      places_[*protocol] = place;
      filter_ |= protocol_bit(*protocol);
    }
    ++place;
  }
  one_entry_ = entries == 1;
}

}  // namespace simplon::route
