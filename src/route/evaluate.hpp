// One route against one offer: the rules of the match kinds, for `decide` and `explain` alike. Private to this layer.
#pragma once

#include "route/explain.hpp"
#include "route/offer_index.hpp"

#include <optional>

namespace simplon::route {

/// What `evaluate` holds a route against.
struct Evaluation {
  const RouteTable::Compiled* table;
  const Request* request;
  const OfferIndex* offer;  // null: the client sent none
  TlsVersion version;
  bool h2_allowed;  // RFC 9113 §9.2: TLS 1.2 or higher, and on TLS 1.2 no suite of Appendix A
  Order order;
};

/// What `request` asks of `table`; the offer, if there is one, is indexed in `offer`, which must outlive the result.
[[nodiscard]] Evaluation begin_evaluation(const RouteTable::Compiled& table, const Request& request,
                                          OfferIndex& offer) noexcept;

/// `wins` where the route's conditions hold, whatever its place among others; otherwise the first that does not.
struct Verdict {
  Fate fate;
  std::optional<std::uint32_t> protocol;  // the name matched, by number; nothing where "none" or "*" did
};

[[nodiscard]] Verdict evaluate(const Evaluation& evaluation, const CompiledRoute& route) noexcept;

}  // namespace simplon::route
