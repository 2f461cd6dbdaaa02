// What became of every route for one request: `decide` in slow motion, for `simplon explain` and for tests.
#pragma once

#include "route/decide.hpp"

#include <string_view>
#include <vector>

namespace simplon::route {

/// What became of one route.
enum class Fate : std::uint8_t {
  wins,            ///< gets the connection
  after_winner,    ///< would match too, but a better-placed route won
  other_listener,  ///< not of this listener
  other_name,      ///< its server names do not fit
  no_server_name,  ///< the client sent no server name, and the route wants one
  tls_too_old,     ///< the client can't meet the route's `min_tls`
  h2_forbidden,    ///< only h2 would match, and the client can't meet RFC 9113 §9.2.2
  wants_offer,     ///< the client sent no ALPN extension, and the route does not take `none`
  wants_no_offer,  ///< the route takes only clients without an ALPN extension
  none_in_common,  ///< `any`: no name of the route is offered
  not_alone,       ///< `only`: more than one name is offered, or another one
  not_first,       ///< `first`: the client's first name is another
  not_all,         ///< `all`: a name of the route is not offered
  acme_not_alone,  ///< `acme-tls/1` is offered beside others (RFC 8737 §3)
};

/// A route's fate, and what it would select or did select.
struct RouteFate {
  Fate fate;
  std::optional<ProtocolIdView> selected;
};

/// `decide`'s answer, and the fate of every route in file order.
struct Explanation {
  Decision decision;
  std::vector<RouteFate> routes;
};

[[nodiscard]] Explanation explain(const RouteTable& table, const Request& request);

/// One line for a person, without a full stop.
[[nodiscard]] std::string_view describe(Fate fate) noexcept;
/// Likewise.
[[nodiscard]] std::string_view describe(Refusal refusal) noexcept;

}  // namespace simplon::route
