// What a route asks of a client's offer.
#pragma once

#include "simplon/alpn/protocol_id.hpp"

#include <cstdint>
#include <vector>

namespace simplon::route {

/// How a route's names are held against the client's offer; GREASE names and duplicates in the offer never count.
enum class MatchKind : std::uint8_t {
  any,    ///< the offer contains one of the names
  only,   ///< the offer is one name, and it is one of the names
  first,  ///< the client's first name is one of the names
  all,    ///< the offer contains every name; the first listed is selected
};

/// A route's `alpn` value.
struct Match {
  MatchKind kind = MatchKind::any;
  std::vector<ProtocolId> names;  ///< in the route's order of preference; may be empty when `none` or `every` is set
  bool none = false;              ///< `"none"`: also a client that sent no ALPN extension
  bool every = false;             ///< `"*"`: every client; selects nothing
};

}  // namespace simplon::route
