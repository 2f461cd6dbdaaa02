#include "probe/conform_client.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace simplon::probe {

namespace {

constexpr std::uint8_t illegal_parameter = 47;
constexpr std::uint8_t decode_error = 50;
constexpr std::uint8_t unsupported_extension = 110;

// Nobody registered it, and nobody offers it.
constexpr std::string_view unknown = "simplon.example/unoffered";

constexpr std::string_view no_offer = "it offers no protocol";

AlpnBody of_one(std::string_view name) { return alpn_body({name}); }

std::string first_of(const Offer& offer) { return std::string(offer->front().view().bytes()); }

bool is_offered(const Offer& offer, std::string_view name) {
  return std::ranges::any_of(*offer, [&](const ProtocolId& each) { return each.view().bytes() == name; });
}

// `name`, where the client does not happen to offer it.
AlpnAnswer unless_offered(const Offer& offer, const std::string& name) {
  if (name.empty() || is_offered(offer, name)) return std::unexpected("it offers that too");
  return of_one(name);
}

// The answers.

AlpnAnswer first_offered(const Offer& offer) { return offer ? of_one(first_of(offer)) : std::nullopt; }

AlpnAnswer last_offered(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  const auto last = std::ranges::find_if_not(offer->rbegin(), offer->rend(),
                                             [](const ProtocolId& each) { return is_grease(each.view()); });
  if (last == offer->rend() || *last == offer->front()) return std::unexpected("it offers one protocol only");
  return of_one(last->view().bytes());
}

AlpnAnswer nothing(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return std::nullopt;
}

AlpnAnswer unoffered(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return of_one(unknown);
}

AlpnAnswer other_case(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  std::string name = first_of(offer);
  for (char& c : name)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name == first_of(offer)) return std::unexpected("its name has no small letters");
  return unless_offered(offer, name);
}

AlpnAnswer longer_name(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  if (first_of(offer).size() == ProtocolIdView::max_size) return std::unexpected("its name is as long as can be");
  return unless_offered(offer, first_of(offer) + 'x');
}

AlpnAnswer shorter_name(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  const std::string name = first_of(offer);
  if (name.size() == 1) return std::unexpected("its name has one byte");
  return unless_offered(offer, name.substr(0, name.size() - 1));
}

AlpnAnswer name_with_nul(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  if (first_of(offer).size() == ProtocolIdView::max_size) return std::unexpected("its name is as long as can be");
  return unless_offered(offer, first_of(offer) + '\0');
}

AlpnAnswer two_names(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  const std::string first = first_of(offer);
  const auto other = std::ranges::find_if(*offer, [&](const ProtocolId& each) { return each.view().bytes() != first; });
  return alpn_body({first, other == offer->end() ? unknown : other->view().bytes()});
}

AlpnAnswer unasked(const Offer& offer) {
  if (offer) return std::unexpected("it offers protocols; run a command that offers none");
  return of_one("h2");
}

AlpnAnswer an_offered_one(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return of_one(first_of(offer));
}

// Malformed ones. Each has a name that was offered inside, so that whoever looks for that alone finds it.

AlpnAnswer empty_extension(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return std::vector<std::byte>();
}

AlpnAnswer empty_list(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return std::vector(2, std::byte{0});
}

AlpnAnswer empty_name(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return std::vector{std::byte{0}, std::byte{1}, std::byte{0}};
}

AlpnAnswer one_byte(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  return std::vector{std::byte{0}};
}

// A right answer with one of its bytes made larger, the last one of the list's length or that of the name's.
AlpnAnswer with_longer(const Offer& offer, std::size_t at) {
  if (!offer) return std::unexpected(no_offer);
  std::vector<std::byte> body = *of_one(first_of(offer));
  const auto size = std::to_integer<unsigned>(body[at]);
  if (size == 255) return std::unexpected("its name is as long as can be");
  body[at] = static_cast<std::byte>(size + 1);
  return body;
}

AlpnAnswer list_too_long(const Offer& offer) { return with_longer(offer, 1); }
AlpnAnswer name_truncated(const Offer& offer) { return with_longer(offer, 2); }

AlpnAnswer list_too_short(const Offer& offer) {
  if (!offer) return std::unexpected(no_offer);
  std::vector<std::byte> body = *of_one(first_of(offer));
  body.push_back(std::byte{0});
  return body;
}

// What a client may do.

bool lives_without(const Reaction& reaction) {
  return reaction.finished || reaction.end == Reaction::End::refused || reaction.end == Reaction::End::closed;
}

template <std::uint8_t... alerts>
bool says(const Reaction& reaction) {
  return reaction.end == Reaction::End::refused && ((*reaction.alert == alerts) || ...);
}

// clang-format off
constexpr std::array all_cases = std::to_array<ClientCase>({
    {{"control", "RFC 7301 §3.2", "an answer of one name, the first that the client offers, is taken", Demand::must}, {first_offered}, has_accepted},
    {{"last-offered", "RFC 7301 §3.2", "so is one with the last name: the server chooses", Demand::should}, {last_offered}, has_accepted},
    {{"no-answer", "RFC 7301 §3.1", "a client without an answer goes on, or ends the connection in order", Demand::should}, {nothing}, lives_without},
    {{"unoffered", "RFC 7301 §3.2, RFC 8446 §6", "a name that was not offered is not taken", Demand::must}, {unoffered}, has_aborted},
    {{"unoffered-alert", "RFC 8446 §6.2, RFC 5246 §7.2.2", "and the alert is illegal_parameter (47)", Demand::should}, {unoffered}, says<illegal_parameter>},
    {{"other-case", "RFC 7301 §6, RFC 8446 §6", "names are compared byte by byte: capitals are a name that was not offered", Demand::must}, {other_case}, has_aborted},
    {{"longer-name", "RFC 7301 §6, RFC 8446 §6", "so is a name that begins with one that was", Demand::must}, {longer_name}, has_aborted},
    {{"shorter-name", "RFC 7301 §6, RFC 8446 §6", "so is the beginning of one that was", Demand::must}, {shorter_name}, has_aborted},
    {{"name-with-nul", "RFC 7301 §6, RFC 8446 §6", "so is one that was with a zero byte behind it", Demand::must}, {name_with_nul}, has_aborted},
    {{"two-names", "RFC 7301 §3.1, RFC 8446 §6", "an answer of two names is not taken", Demand::must}, {two_names}, has_aborted},
    {{"two-names-alert", "RFC 8446 §6.2, RFC 5246 §7.2.2", "and the alert is illegal_parameter (47) or decode_error (50)", Demand::should}, {two_names}, says<illegal_parameter, decode_error>},
    {{"empty-extension", "RFC 8446 §6, RFC 5246 §7.2.2", "an extension without a body is refused with decode_error (50)", Demand::must}, {empty_extension}, says<decode_error>},
    {{"empty-list", "RFC 8446 §6, RFC 5246 §7.2.2", "a list without a name is refused with decode_error (50)", Demand::must}, {empty_list}, says<decode_error>},
    {{"empty-name", "RFC 8446 §6, RFC 5246 §7.2.2", "a name of no bytes is refused with decode_error (50)", Demand::must}, {empty_name}, says<decode_error>},
    {{"list-too-short", "RFC 8446 §6, RFC 5246 §7.2.2", "a byte behind the list is refused with decode_error (50)", Demand::must}, {list_too_short}, says<decode_error>},
    {{"list-too-long", "RFC 8446 §6, RFC 5246 §7.2.2", "a list that is longer than the extension is refused with decode_error (50)", Demand::must}, {list_too_long}, says<decode_error>},
    {{"name-truncated", "RFC 8446 §6, RFC 5246 §7.2.2", "a name that reaches beyond the list is refused with decode_error (50)", Demand::must}, {name_truncated}, says<decode_error>},
    {{"one-byte", "RFC 8446 §6, RFC 5246 §7.2.2", "half a length is refused with decode_error (50)", Demand::must}, {one_byte}, says<decode_error>},
    {{"duplicate-extension", "RFC 8446 §4.2, RFC 5246 §7.4.1.4", "two ALPN extensions are refused with illegal_parameter (47) or decode_error (50)", Demand::should}, {an_offered_one, Misplaced::nowhere, true}, says<illegal_parameter, decode_error>},
    {{"unasked", "RFC 8446 §4.2, RFC 5246 §7.4.1.4", "an answer that was not asked for is refused with unsupported_extension (110)", Demand::must}, {unasked}, says<unsupported_extension>},
    {{"in-server-hello", "RFC 8446 §4.2", "ALPN in the ServerHello of TLS 1.3 is refused with illegal_parameter (47)", Demand::must}, {an_offered_one, Misplaced::server_hello}, says<illegal_parameter>},
    {{"in-certificate", "RFC 8446 §4.2", "ALPN in a Certificate is refused with illegal_parameter (47)", Demand::must}, {an_offered_one, Misplaced::certificate}, says<illegal_parameter>},
    {{"in-retry", "RFC 8446 §4.2", "ALPN in a HelloRetryRequest is refused with illegal_parameter (47)", Demand::must}, {an_offered_one, Misplaced::hello_retry_request}, says<illegal_parameter>},
});
// clang-format on

}  // namespace

bool ClientCase::applies_to(std::uint16_t version) const noexcept {
  return version == tls_1_3 || bend.misplaced == Misplaced::nowhere;
}

std::span<const ClientCase> client_cases() noexcept { return all_cases; }

const ClientCase* find_client_case(std::string_view id) noexcept {
  const auto found = std::ranges::find(all_cases, id, &ClientCase::id);
  return found == all_cases.end() ? nullptr : &*found;
}

const ClientCase& control_case() noexcept { return all_cases.front(); }

CaseResult judge(const ClientCase& test, const Reaction& reaction) {
  std::string seen = describe(reaction);
  const bool unheard = reaction.end == Reaction::End::inapplicable || reaction.end == Reaction::End::absent;
  if (unheard) return {.result = Result::skipped, .seen = std::move(seen)};
  return {.result = test.passes(reaction) ? Result::passed : Result::failed, .seen = std::move(seen)};
}

}  // namespace simplon::probe
