#include "simplon/alpn/policy.hpp"

#include "simplon/alpn/offer.hpp"

#include <algorithm>

namespace simplon {

namespace {

/// The first name of `preferred` that is also in `other`, as it stands in `names`.
std::optional<ProtocolIdView> first_common(ProtocolListView preferred, ProtocolListView other,
                                           ProtocolListView names) noexcept {
  const auto found =
      std::ranges::find_if(preferred, [&other](ProtocolIdView id) noexcept { return other.contains(id); });
  if (found == preferred.end()) return std::nullopt;
  return *std::ranges::find(names, *found);
}

}  // namespace

std::expected<Offer, WireError> Offer::from_names(Bytes names) noexcept {
  const auto list = ProtocolListView::parse_names(names);
  if (!list) return std::unexpected(list.error());
  return Offer(*list);
}

std::expected<Preferences, WireError> Preferences::from(std::span<const ProtocolIdView> ids) {
  // What a client may not offer, a server can't select.
  auto names = make_offer(ids);
  if (!names) return std::unexpected(names.error());
  return Preferences(std::move(*names));
}

std::optional<Alert> Outcome::alert() const noexcept {
  if (verdict_ != Verdict::rejected) return std::nullopt;
  return Alert::no_application_protocol;
}

std::string_view Outcome::section() const noexcept {
  // RFC 7301 §3.1: "The server MAY" answer the extension of a client that sent one; §3.2 says how it selects.
  return verdict_ == Verdict::declined && !mismatch_ ? "RFC 7301 §3.1" : "RFC 7301 §3.2";
}

Outcome Policy::select(const Offer& offer) const& noexcept {
  Outcome outcome;
  const auto offered = offer.names();
  if (!offered) return outcome;
  const ProtocolListView own = preferences_.names();
  outcome.selected_ = order_ == Order::server ? first_common(own, *offered, own) : first_common(*offered, own, own);
  if (outcome.selected_) {
    outcome.verdict_ = Verdict::selected;
    return outcome;
  }
  outcome.mismatch_ = true;
  outcome.would_reject_ = mismatch_ == Mismatch::report;
  if (mismatch_ == Mismatch::reject) outcome.verdict_ = Verdict::rejected;
  return outcome;
}

}  // namespace simplon
