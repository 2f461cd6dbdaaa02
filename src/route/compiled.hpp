// A route table as `decide` reads it. Private to this layer.
#pragma once

#include "route/name_index.hpp"
#include "route/route_table.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace simplon::route {

/// A set of what a route might match or a client offers, two words wide: if a route's filter and a client's have no bit
/// in common, the route can't match. More than 126 protocols share bits, so a hit still has to be looked at.
struct Filter {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  constexpr Filter& operator|=(Filter other) noexcept {
    low |= other.low;
    high |= other.high;
    return *this;
  }
  friend constexpr Filter operator|(Filter a, Filter b) noexcept { return a |= b; }
  [[nodiscard]] constexpr bool meets(Filter other) const noexcept {
    return ((low & other.low) | (high & other.high)) != 0;
  }
};

inline constexpr Filter every_bit = {.low = std::uint64_t{1} << 63};
inline constexpr Filter none_bit = {.low = std::uint64_t{1} << 62};
constexpr Filter protocol_bit(std::uint32_t protocol) noexcept {
  const std::uint32_t bit = protocol % 126;
  return bit < 62 ? Filter{.low = std::uint64_t{1} << bit} : Filter{.high = std::uint64_t{1} << (bit - 62)};
}

/// Routes that share a server name, in file order.
struct Bucket {
  std::vector<Filter> filters;        // filters[i] belongs to routes[i]; apart, so that scanning them is one cache line
  std::vector<std::uint32_t> routes;  // ascending
};

/// Which routes of one listener a server name leads to.
struct ServerNames {
  NameIndex exact;
  std::vector<Bucket> exact_buckets;  // by number in `exact`
  NameIndex wildcard_parents;         // "example.com" for "*.example.com"
  std::vector<Bucket> wildcard_buckets;
  Bucket any;  // routes that take every name, and none
};

/// What `decide` needs to know of a route, beyond its filter. Small, and what it refers to is shared by all routes that
/// match alike: of thousands of routes the next connection's is rarely in the caches, but its match is.
struct CompiledRoute {
  std::span<const std::uint32_t> protocols;  // the match's names as numbers, in the route's order; in `lists`
  TlsVersion min_tls;
  Role role;
  MatchKind kind;
  bool none;
  bool every;
};

struct RouteTable::Compiled {
  std::vector<ListenerSpec> listeners;
  std::vector<RouteSpec> specs;
  NameIndex protocols;
  std::set<std::vector<std::uint32_t>> lists;  // of protocols, each once
  std::optional<std::uint32_t> h2;             // the number of "h2", where a route names it
  std::optional<std::uint32_t> acme;           // likewise of "acme-tls/1"
  std::vector<CompiledRoute> routes;
  std::vector<ServerNames> server_names;  // by listener

  /// The protocol numbered `number`; only valid names are ever inserted.
  [[nodiscard]] ProtocolIdView protocol(std::uint32_t number) const noexcept {
    return *ProtocolIdView::from(protocols.name(number));
  }
};

/// The up to three buckets a request leads to.
struct Candidates {
  const Bucket* buckets[3] = {nullptr, nullptr, nullptr};
  std::size_t count = 0;

  [[nodiscard]] std::span<const Bucket* const> all() const noexcept { return {buckets, count}; }
};

[[nodiscard]] Candidates find_candidates(const RouteTable::Compiled& table, std::uint32_t listener,
                                         std::optional<std::string_view> server_name) noexcept;

}  // namespace simplon::route
