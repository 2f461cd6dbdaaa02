#include "route/evaluate.hpp"

#include "route/mirror.hpp"

#include <algorithm>

namespace simplon::route {

namespace {

constexpr Verdict lose(Fate fate) noexcept { return {fate, std::nullopt}; }

// Whether `protocol`, which is offered, may be selected on this connection.
Fate permit(const Evaluation& evaluation, const CompiledRoute& route, std::uint32_t protocol) noexcept {
  // RFC 8737 §3: the client offers "acme-tls/1" as the list's only entry.
  if (protocol == evaluation.table->acme && !evaluation.offer->has_one_entry()) return Fate::acme_not_alone;
  // RFC 9113 §9.2; on a `delegate` route TLS ends at the backend, so the rule is the backend's.
  if (protocol == evaluation.table->h2 && terminates(route.role) && !evaluation.h2_allowed) {
    return Fate::h2_forbidden;
  }
  return Fate::wins;
}

Verdict match_any(const Evaluation& evaluation, const CompiledRoute& route) noexcept {
  Verdict best = lose(Fate::none_in_common);
  for (const std::uint32_t protocol : route.protocols) {
    if (!evaluation.offer->contains(protocol)) continue;
    const Fate fate = permit(evaluation, route, protocol);
    if (fate != Fate::wins) {
      if (best.fate != Fate::wins) best.fate = fate;
      continue;
    }
    if (evaluation.order == Order::server) return {Fate::wins, protocol};
    if (best.fate != Fate::wins || evaluation.offer->place(protocol) < evaluation.offer->place(*best.protocol)) {
      best = {Fate::wins, protocol};
    }
  }
  return best;
}

// `only` and `first`: the client's first name, GREASE aside, must be one of the route's.
Verdict match_first(const Evaluation& evaluation, const CompiledRoute& route, Fate otherwise) noexcept {
  const auto found = std::ranges::find_if(route.protocols,
                                          [&](std::uint32_t protocol) { return evaluation.offer->is_first(protocol); });
  if (found == route.protocols.end()) return lose(otherwise);
  const Fate fate = permit(evaluation, route, *found);
  return fate == Fate::wins ? Verdict{fate, *found} : lose(fate);
}

Verdict match_all(const Evaluation& evaluation, const CompiledRoute& route) noexcept {
  for (const std::uint32_t protocol : route.protocols) {
    if (!evaluation.offer->contains(protocol)) return lose(Fate::not_all);
  }
  const std::uint32_t selected = route.protocols.front();
  const Fate fate = permit(evaluation, route, selected);
  return fate == Fate::wins ? Verdict{fate, selected} : lose(fate);
}

// Any offer, and none; but a backend can't select from a list of which nothing may be passed on.
Verdict match_every(const Evaluation& evaluation, const CompiledRoute& route) noexcept {
  if (route.role != Role::mirror || !evaluation.request->offer) return {Fate::wins, std::nullopt};
  const bool any = passes_on_any(*evaluation.request->offer, evaluation.h2_allowed);
  return {any ? Fate::wins : Fate::none_in_common, std::nullopt};
}

}  // namespace

Evaluation begin_evaluation(const RouteTable::Compiled& table, const Request& request, OfferIndex& offer) noexcept {
  if (request.offer) offer.fill(table, *request.offer);
  return {
      .table = &table,
      .request = &request,
      .offer = request.offer ? &offer : nullptr,
      .version = request.version,
      .h2_allowed = is_h2_allowed(request),
      .order = table.listeners[request.listener].order,
  };
}

Verdict evaluate(const Evaluation& evaluation, const CompiledRoute& route) noexcept {
  if (evaluation.version < route.min_tls) return lose(Fate::tls_too_old);
  if (route.every) return match_every(evaluation, route);
  if (evaluation.offer == nullptr) return {route.none ? Fate::wins : Fate::wants_offer, std::nullopt};
  if (route.protocols.empty()) return lose(Fate::wants_no_offer);
  switch (route.kind) {
    case MatchKind::any:
      return match_any(evaluation, route);
    case MatchKind::only:
      if (!evaluation.offer->is_single()) return lose(Fate::not_alone);
      return match_first(evaluation, route, Fate::not_alone);
    case MatchKind::first:
      return match_first(evaluation, route, Fate::not_first);
    case MatchKind::all:
      return match_all(evaluation, route);
  }
  return lose(Fate::none_in_common);
}

}  // namespace simplon::route
