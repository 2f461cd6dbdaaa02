#include "route/mirror.hpp"

#include "simplon/alpn/offer.hpp"

#include <algorithm>
#include <vector>

namespace simplon::route {

bool passes_on_any(ProtocolListView offer, bool h2_allowed) noexcept {
  return std::ranges::any_of(offer, [&](ProtocolIdView id) { return may_pass_on(offer, id, h2_allowed); });
}

std::optional<ProtocolList> mirror(ProtocolListView offer, const Match& match, bool h2_allowed) {
  auto passed_on = pass_on(offer, h2_allowed);
  if (!passed_on || match.every) return passed_on;
  std::vector<ProtocolIdView> wanted;
  for (const ProtocolIdView id : passed_on->view()) {
    if (std::ranges::any_of(match.names, [&](const ProtocolId& name) { return name.view() == id; }))
      wanted.push_back(id);
  }
  const auto list = ProtocolList::from(wanted);
  return list ? std::optional(*list) : std::nullopt;
}

}  // namespace simplon::route
