#include "route/decide.hpp"

#include "route/evaluate.hpp"

#include <algorithm>

namespace simplon::route {

namespace {

// Walks the routes of up to three buckets whose filters let `wanted` through, in file order, each once.
class Walk {
 public:
  Walk(const Candidates& candidates, Filter wanted) noexcept : candidates_(candidates), wanted_(wanted) {
    for (std::size_t i = 0; i < candidates_.count; ++i)
      skip(i);
  }

  std::optional<std::uint32_t> next() noexcept {
    std::optional<std::uint32_t> nearest;
    for (std::size_t i = 0; i < candidates_.count; ++i) {
      if (!done(i) && (!nearest || route(i) < *nearest)) nearest = route(i);
    }
    if (!nearest) return std::nullopt;
    for (std::size_t i = 0; i < candidates_.count; ++i) {
      if (done(i) || route(i) != *nearest) continue;
      ++at_[i];
      skip(i);
    }
    return nearest;
  }

 private:
  [[nodiscard]] bool done(std::size_t i) const noexcept { return at_[i] == candidates_.buckets[i]->routes.size(); }
  [[nodiscard]] std::uint32_t route(std::size_t i) const noexcept { return candidates_.buckets[i]->routes[at_[i]]; }
  void skip(std::size_t i) noexcept {
    const std::vector<Filter>& filters = candidates_.buckets[i]->filters;
    std::size_t at = at_[i];
    while (at + block <= filters.size() && !unite(&filters[at]).meets(wanted_))
      at += block;
    while (at < filters.size() && !filters[at].meets(wanted_))
      ++at;
    at_[i] = at;
  }

  // Without an early way out of it the compiler takes several filters of a block at a time.
  static constexpr std::size_t block = 8;
  static Filter unite(const Filter* filters) noexcept {
    Filter all;
    for (std::size_t i = 0; i < block; ++i)
      all |= filters[i];
    return all;
  }

  const Candidates& candidates_;
  Filter wanted_;
  std::size_t at_[3] = {0, 0, 0};
};

struct Winner {
  std::uint32_t route;
  std::optional<std::uint32_t> protocol;
};

// order = "server": the first candidate that matches.
std::optional<Winner> find_by_server_order(const Evaluation& evaluation, Walk& walk) noexcept {
  while (const auto route = walk.next()) {
    const Verdict verdict = evaluate(evaluation, evaluation.table->routes[*route]);
    if (verdict.fate == Fate::wins) return Winner{*route, verdict.protocol};
  }
  return std::nullopt;
}

// order = "client": the candidate that would select the client's most preferred name, file order between equals; those
// that match without a name ("none", "*") only when no name wins.
std::optional<Winner> find_by_client_order(const Evaluation& evaluation, Walk& walk) noexcept {
  std::optional<Winner> named;
  std::optional<Winner> nameless;
  while (const auto route = walk.next()) {
    const Verdict verdict = evaluate(evaluation, evaluation.table->routes[*route]);
    if (verdict.fate != Fate::wins) continue;
    if (!verdict.protocol) {
      if (!nameless) nameless = Winner{*route, std::nullopt};
    } else if (!named || evaluation.offer->place(*verdict.protocol) < evaluation.offer->place(*named->protocol)) {
      named = Winner{*route, verdict.protocol};
    }
  }
  return named ? named : nameless;
}

Decision refuse(Refusal refusal, bool mismatch = false) noexcept {
  Decision decision;
  decision.refusal = refusal;
  decision.mismatch = mismatch;
  return decision;
}

Decision award(const Evaluation& evaluation, const Winner& winner) noexcept {
  Decision decision;
  decision.route = winner.route;
  const CompiledRoute& route = evaluation.table->routes[winner.route];
  if (route.role == Role::reject) decision.refusal = Refusal::reject_route;
  if (route.role == Role::select && winner.protocol) decision.selected = evaluation.table->protocol(*winner.protocol);
  return decision;
}

// Nothing matched: why, and what the listener's policy makes of it.
Decision settle(const Evaluation& evaluation, const Candidates& candidates, const Request& request) noexcept {
  if (candidates.count == 0) {
    return refuse(request.server_name ? Refusal::unknown_server_name : Refusal::missing_server_name);
  }
  const auto too_old = [&](std::uint32_t route) {
    return evaluation.version < evaluation.table->routes[route].min_tls;
  };
  if (std::ranges::all_of(candidates.all(),
                          [&](const Bucket* bucket) { return std::ranges::all_of(bucket->routes, too_old); })) {
    return refuse(Refusal::tls_version);
  }
  if (!request.offer) return refuse(Refusal::no_alpn_offered);

  const Mismatch policy = evaluation.table->listeners[request.listener].mismatch;
  if (policy == Mismatch::reject) return refuse(Refusal::no_common_protocol, true);
  Walk walk(candidates, none_bit);
  while (const auto route = walk.next()) {
    if (too_old(*route)) continue;
    Decision decision = award(evaluation, Winner{*route, std::nullopt});
    decision.mismatch = true;
    decision.would_reject = policy == Mismatch::report && !decision.refusal;
    return decision;
  }
  return refuse(Refusal::no_common_protocol, true);
}

}  // namespace

Decision decide(const RouteTable& table, const Request& request) noexcept {
  const RouteTable::Compiled& compiled = table.compiled();
  const Candidates candidates = find_candidates(compiled, request.listener, request.server_name);
  OfferIndex offer;
  const Evaluation evaluation = begin_evaluation(compiled, request, offer);

  Walk walk(candidates, request.offer ? offer.filter() : every_bit | none_bit);
  const auto winner = evaluation.order == Order::server ? find_by_server_order(evaluation, walk)
                                                        : find_by_client_order(evaluation, walk);
  return winner ? award(evaluation, *winner) : settle(evaluation, candidates, request);
}

Alert alert_of(Refusal refusal) noexcept {
  switch (refusal) {
    case Refusal::no_common_protocol:
    case Refusal::no_alpn_offered:
    case Refusal::reject_route:
      return Alert::no_application_protocol;  // RFC 7301 §3.2
    case Refusal::tls_version:
      return Alert::protocol_version;  // RFC 8446 §6.2
    case Refusal::unknown_server_name:
      return Alert::unrecognized_name;  // RFC 6066 §3
    case Refusal::missing_server_name:
      return Alert::missing_extension;  // RFC 8446 §9.2
  }
  return Alert::internal_error;
}

}  // namespace simplon::route
