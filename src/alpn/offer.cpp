#include "simplon/alpn/offer.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace simplon {

std::expected<ProtocolList, WireError> make_offer(std::span<const ProtocolIdView> ids) {
  std::vector<ProtocolIdView> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return std::unexpected(WireError::duplicate_name);
  if (std::ranges::binary_search(sorted, protocol::h2c)) return std::unexpected(WireError::h2c_offered);
  return ProtocolList::from(ids);
}

std::expected<std::optional<ProtocolIdView>, WireError> check_answer(std::optional<ProtocolListView> offer,
                                                                     std::optional<Bytes> answer_body) noexcept {
  if (!answer_body) return std::nullopt;
  // RFC 8446 §4.2: an extension response that was not requested is unsupported_extension.
  if (!offer) return std::unexpected(WireError::answer_unasked);
  const auto answer = ProtocolListView::parse(*answer_body);
  if (!answer) return std::unexpected(answer.error());
  // RFC 7301 §3.1: the server's list "MUST contain exactly one ProtocolName".
  if (std::next(answer->begin()) != answer->end()) return std::unexpected(WireError::answer_not_single);
  if (!offer->contains(answer->front())) return std::unexpected(WireError::answer_not_offered);
  return answer->front();
}

std::expected<ProtocolIdView, WireError> require(
    std::expected<std::optional<ProtocolIdView>, WireError> answer) noexcept {
  if (!answer) return std::unexpected(answer.error());
  if (!*answer) return std::unexpected(WireError::answer_missing);
  return **answer;
}

bool may_pass_on(ProtocolListView offer, ProtocolIdView id, bool h2_allowed) noexcept {
  if (is_grease(id) || id == protocol::h2c) return false;
  if (id == protocol::acme_tls_1) return std::next(offer.begin()) == offer.end();
  return id != protocol::h2 || h2_allowed;
}

std::optional<ProtocolList> pass_on(ProtocolListView offer, bool h2_allowed) {
  // Not hashed: a client could make up names that all fall into one bucket.
  std::set<std::string_view> seen;
  std::vector<ProtocolIdView> passed_on;
  for (const ProtocolIdView id : offer) {
    if (may_pass_on(offer, id, h2_allowed) && seen.insert(id.bytes()).second) passed_on.push_back(id);
  }
  const auto list = ProtocolList::from(passed_on);
  return list ? std::optional(*list) : std::nullopt;
}

}  // namespace simplon
