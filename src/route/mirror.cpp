#include "route/mirror.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

namespace simplon::route {

namespace {

bool may_pass_on(ProtocolIdView id, bool alone, bool h2_allowed) noexcept {
  if (is_grease(id) || id == protocol::h2c) return false;
  if (id == protocol::acme_tls_1) return alone;
  return id != protocol::h2 || h2_allowed;
}

bool has_one_entry(ProtocolListView offer) noexcept { return std::next(offer.begin()) == offer.end(); }

}  // namespace

bool passes_on_any(ProtocolListView offer, bool h2_allowed) noexcept {
  const bool alone = has_one_entry(offer);
  return std::ranges::any_of(offer, [&](ProtocolIdView id) { return may_pass_on(id, alone, h2_allowed); });
}

std::optional<ProtocolList> mirror(ProtocolListView offer, const Match& match, bool h2_allowed) {
  const bool alone = has_one_entry(offer);
  const auto is_wanted = [&](ProtocolIdView id) {
    return match.every || std::ranges::any_of(match.names, [&](const ProtocolId& name) { return name.view() == id; });
  };
  // Not hashed: a client could make up names that all fall into one bucket.
  std::set<std::string_view> seen;
  std::vector<ProtocolIdView> passed_on;
  for (const ProtocolIdView id : offer) {
    if (!may_pass_on(id, alone, h2_allowed) || !is_wanted(id)) continue;
    if (seen.insert(id.bytes()).second) passed_on.push_back(id);
  }
  const auto list = ProtocolList::from(passed_on);
  return list ? std::optional(*list) : std::nullopt;
}

}  // namespace simplon::route
