// From a name to addresses, before a deadline.
#pragma once

#include "net/endpoint.hpp"
#include "probe/line.hpp"
#include "probe/target.hpp"

#include <expected>
#include <functional>
#include <string>
#include <vector>

namespace simplon::probe {

/// A target's addresses, each once, in the resolver's order; or why there is none, for people.
using Addresses = std::expected<std::vector<net::Endpoint>, std::string>;

/// Finds the addresses of a name, however long it takes.
using Lookup = std::function<Addresses(const Target&)>;

/// By the system's resolver, which asks /etc/hosts, DNS and whatever else the system is told to ask. Blocks for as long
/// as that takes.
[[nodiscard]] Addresses look_up(const Target& target);

/// What `lookup` finds before `deadline`, or that it did not find anything by then. One that takes longer ends on a
/// thread of its own, unheard, with the copy of `lookup` that it has; 256 at most are under way.
[[nodiscard]] Addresses resolve(const Target& target, Clock::time_point deadline, const Lookup& lookup = look_up);

}  // namespace simplon::probe
