#include "probe/conform.hpp"

#include "probe/describe.hpp"
#include "probe/resume.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace simplon::probe {

namespace {

constexpr std::uint8_t illegal_parameter = 47;
constexpr std::uint8_t decode_error = 50;
constexpr std::uint8_t no_application_protocol = 120;

// Nobody registered it, and nobody speaks it.
constexpr std::string_view unknown = "simplon.example/unknown";

using Names = std::vector<std::string>;

std::vector<std::byte> body(const Names& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  return alpn_body(views);
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> made;
  for (const int value : values)
    made.push_back(static_cast<std::byte>(value));
  return made;
}

CaseResult skip(std::string why) { return {.result = Result::skipped, .seen = std::move(why)}; }

CaseResult verdict(bool passed, std::string seen) {
  return {.result = passed ? Result::passed : Result::failed, .seen = std::move(seen)};
}

std::string best_of(const VersionProfile& profile) { return std::string(profile.spoken.front().view().bytes()); }

// Asks, and passes where exactly `name` is selected.
CaseResult selects(const Server& server, const Question& question, std::string_view name) {
  const Observation seen = server.ask(question);
  const auto selected = selection(seen, question.alpn);
  return verdict(selected && selected->view().bytes() == name, describe(seen, question.alpn));
}

// Asks with one more name that nobody speaks before the one that is spoken.
CaseResult selects_beside(const Server& server, const VersionProfile& profile, std::string_view other) {
  const std::string best = best_of(profile);
  return selects(server, {.version = profile.version, .alpn = body({std::string(other), best})}, best);
}

// Passes where the server has nothing in common with the offer, or says so: what "no-overlap" is about is not asked
// here.
CaseResult selects_nothing(const Server& server, const VersionProfile& profile, const Names& names) {
  const Question question{.version = profile.version, .alpn = body(names)};
  const Observation seen = server.ask(question);
  const bool refused = seen.outcome == Outcome::alert && seen.alert == no_application_protocol;
  const bool ignored = seen.outcome == Outcome::answered && !seen.answer->alpn && !seen.answer->alpn_misplaced;
  return verdict(refused || ignored, describe(seen, question.alpn));
}

CaseResult is_refused(const Server& server, const Question& question, std::initializer_list<std::uint8_t> alerts) {
  const Observation seen = server.ask(question);
  const bool passed = seen.outcome == Outcome::alert && std::ranges::find(alerts, *seen.alert) != alerts.end();
  return verdict(passed, describe(seen, question.alpn));
}

// RFC 8446 §6: what can't be parsed is a decode_error. `made` has its "h2" behind it, for who stops reading early.
template <int... values>
CaseResult is_malformed(const Server& server, const VersionProfile& profile) {
  return is_refused(server, {.version = profile.version, .alpn = bytes({values...})}, {decode_error});
}

CaseResult select_known(const Server& server, const VersionProfile& profile) {
  return selects_beside(server, profile, unknown);
}

CaseResult answer_of_one(const Server& server, const VersionProfile& profile) {
  Names names;
  for (const ProtocolId& id : profile.spoken)
    names.emplace_back(id.view().bytes());
  const Question question{.version = profile.version, .alpn = body(names)};
  const Observation seen = server.ask(question);
  return verdict(selection(seen, question.alpn).has_value(), describe(seen, question.alpn));
}

CaseResult no_offer(const Server&, const VersionProfile& profile) {
  const Answer& answer = *profile.plain.answer;
  return verdict(!answer.alpn && !answer.alpn_misplaced, describe(profile.plain, {}));
}

CaseResult no_overlap(const Server& server, const VersionProfile& profile) {
  return is_refused(server, {.version = profile.version, .alpn = body({std::string(unknown)})},
                    {no_application_protocol});
}

CaseResult grease_alone(const Server& server, const VersionProfile& profile) {
  return selects_nothing(server, profile, {"\x1a\x1a", "\xfa\xfa"});
}

CaseResult grease_beside(const Server& server, const VersionProfile& profile) {
  return selects_beside(server, profile, "\x8a\x8a");
}

CaseResult npn_beside(const Server& server, const VersionProfile& profile) {
  const std::string best = best_of(profile);
  const Question question{.version = profile.version, .alpn = body({best}), .npn = true};
  const Observation seen = server.ask(question);
  const auto selected = selection(seen, question.alpn);
  const bool both = seen.answer && seen.answer->npn;
  return verdict(selected && selected->view().bytes() == best && !both,
                 describe(seen, question.alpn) + (both ? ", and NPN answered" : ""));
}

CaseResult own_order(const Server& server, const VersionProfile& profile) {
  if (profile.spoken.size() < 2) return skip("it selects one protocol only");
  const std::string first(profile.spoken[0].view().bytes());
  const std::string second(profile.spoken[1].view().bytes());
  const Question forwards{.version = profile.version, .alpn = body({first, second})};
  const Question backwards{.version = profile.version, .alpn = body({second, first})};
  const auto one = selection(server.ask(forwards), forwards.alpn);
  const Observation seen = server.ask(backwards);
  const auto other = selection(seen, backwards.alpn);
  return verdict(one && other && *one == *other,
                 one != other ? "the client's order decides" : describe(seen, backwards.alpn));
}

CaseResult duplicate_extension(const Server& server, const VersionProfile& profile) {
  return is_refused(server, {.version = profile.version, .alpn = body({best_of(profile)}), .alpn_twice = true},
                    {illegal_parameter, decode_error});
}

CaseResult repeated_name(const Server& server, const VersionProfile& profile) {
  const std::string best = best_of(profile);
  return selects(server, {.version = profile.version, .alpn = body({best, best})}, best);
}

CaseResult longest_name(const Server& server, const VersionProfile& profile) {
  return selects_beside(server, profile, std::string(255, 'x'));
}

CaseResult many_names(const Server& server, const VersionProfile& profile) {
  Names names;
  for (int i = 0; i < 20'000; ++i)
    names.push_back({static_cast<char>(0x80 + i / 256), static_cast<char>(i % 256)});
  const std::string best = best_of(profile);
  names.push_back(best);
  return selects(server, {.version = profile.version, .alpn = body(names)}, best);
}

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Each name that it speaks, in capitals and with one capital, unless it speaks that too.
Names other_cases(const VersionProfile& profile) {
  Names names;
  const auto add = [&](const std::string& name) {
    const auto same = [&](const ProtocolId& id) { return id.view().bytes() == name; };
    if (std::ranges::none_of(profile.spoken, same) && std::ranges::find(names, name) == names.end()) {
      names.push_back(name);
    }
  };
  for (const ProtocolId& id : profile.spoken) {
    std::string name(id.view().bytes());
    name.front() = capital(name.front());
    add(name);
    std::ranges::transform(name, name.begin(), capital);
    add(name);
  }
  return names;
}

CaseResult other_case(const Server& server, const VersionProfile& profile) {
  const Names names = other_cases(profile);
  if (names.empty()) return skip("its names have no small letters");
  return selects_nothing(server, profile, names);
}

CaseResult longer_name(const Server& server, const VersionProfile& profile) {
  return selects_nothing(server, profile, {best_of(profile) + 'x'});
}

CaseResult shorter_name(const Server& server, const VersionProfile& profile) {
  const std::string best = best_of(profile);
  if (best.size() == 1) return skip("its name has one byte");
  return selects_nothing(server, profile, {best.substr(0, best.size() - 1)});
}

CaseResult name_with_nul(const Server& server, const VersionProfile& profile) {
  return selects_nothing(server, profile, {best_of(profile) + '\0'});
}

CaseResult h2c_alone(const Server& server, const VersionProfile& profile) {
  return selects_nothing(server, profile, {"h2c"});
}

CaseResult h2c_beside(const Server& server, const VersionProfile& profile) {
  if (best_of(profile) == "h2c") return verdict(false, "h2c selected");
  return selects_beside(server, profile, "h2c");
}

CaseResult acme_beside(const Server& server, const VersionProfile& profile) {
  const std::string best = best_of(profile);
  if (best == "acme-tls/1") return skip("it answers ACME challenges alone");
  return selects_beside(server, profile, "acme-tls/1");
}

CaseResult retry_repeats(const Server& server, const VersionProfile& profile) {
  if (profile.version != tls_1_3) return skip("TLS 1.2 has no HelloRetryRequest");
  const std::string best = best_of(profile);
  const Question question{.version = profile.version, .alpn = body({best}), .provokes_retry = true};
  const Observation seen = server.ask(question);
  const auto selected = selection(seen, question.alpn);
  return verdict(selected && selected->view().bytes() == best && seen.answer->retried, describe(seen, question.alpn));
}

CaseResult retry_changed(const Server& server, const VersionProfile& profile) {
  if (profile.version != tls_1_3) return skip("TLS 1.2 has no HelloRetryRequest");
  const Question question{.version = profile.version,
                          .alpn = body({best_of(profile)}),
                          .provokes_retry = true,
                          .alpn_after_retry = body({std::string(unknown)})};
  const Observation seen = server.ask(question);
  if (seen.outcome == Outcome::answered) {
    return verdict(!seen.answer->alpn, describe(seen, question.alpn_after_retry));
  }
  const bool refused =
      seen.outcome == Outcome::alert && (seen.alert == illegal_parameter || seen.alert == no_application_protocol);
  return verdict(refused, describe(seen, question.alpn));
}

CaseResult resumption(const Server& server, const VersionProfile& profile) {
  const bool has_two = profile.spoken.size() > 1;
  const ProtocolIdView second = has_two ? profile.spoken[1].view() : ProtocolIdView::from(unknown).value();
  const ResumptionFacts facts = resume_with(server, profile.version, profile.spoken.front(), second);
  if (!facts.why_not.empty()) return skip(facts.why_not);
  if (!facts.error.empty()) return verdict(!has_two, facts.error);
  // A server need not resume (RFC 8446 §2.2), and shows nothing about it then.
  if (!facts.resumed) return skip("it does not resume the session");
  const bool fits = has_two ? facts.selected && facts.selected->view() == second : !facts.selected;
  return verdict(fits,
                 "resumed, " + (facts.selected ? to_text(*facts.selected) + " selected" : "no answer to the offer"));
}

CaseResult split(const Server& server, const VersionProfile& profile, std::size_t record, std::size_t segment) {
  const std::string best = best_of(profile);
  return selects(server, {.version = profile.version, .alpn = body({best}), .record = record, .segment = segment},
                 best);
}

CaseResult split_records(const Server& server, const VersionProfile& profile) { return split(server, profile, 64, 0); }
CaseResult tiny_records(const Server& server, const VersionProfile& profile) { return split(server, profile, 1, 0); }
CaseResult split_segments(const Server& server, const VersionProfile& profile) {
  return split(server, profile, 16384, 100);
}

CaseResult large_hello(const Server& server, const VersionProfile& profile) {
  const std::string best = best_of(profile);
  return selects(server, {.version = profile.version, .alpn = body({best}), .padded_to = 1'800}, best);
}

// clang-format off
constexpr std::array all_cases = std::to_array<Case>({
    {{"select-known", "RFC 7301 §3.2", "of several names offered, the one that the server speaks is selected", Demand::must}, select_known},
    {{"answer-of-one", "RFC 7301 §3.1", "the answer is exactly one name, one that was offered, in its place", Demand::must}, answer_of_one},
    {{"no-offer", "RFC 8446 §4.2", "a client that sends no ALPN extension gets none", Demand::must}, no_offer},
    {{"no-overlap", "RFC 7301 §3.2", "an offer without a protocol that the server speaks is refused with no_application_protocol (120)", Demand::must}, no_overlap},
    {{"own-order", "RFC 7301 §3.2", "the server's own order decides between protocols that both sides have", Demand::should}, own_order},
    {{"empty-extension", "RFC 7301 §3.1, RFC 8446 §6", "an extension without a body is refused with decode_error (50)", Demand::must}, is_malformed<>},
    {{"empty-list", "RFC 7301 §3.1, RFC 8446 §6", "a list without a name is refused with decode_error (50)", Demand::must}, is_malformed<0, 0>},
    {{"empty-name", "RFC 7301 §3.1, RFC 8446 §6", "a name of no bytes is refused with decode_error (50)", Demand::must}, is_malformed<0, 4, 0, 2, 'h', '2'>},
    {{"empty-name-last", "RFC 7301 §3.1, RFC 8446 §6", "likewise where it stands last", Demand::must}, is_malformed<0, 4, 2, 'h', '2', 0>},
    {{"list-too-short", "RFC 7301 §3.1, RFC 8446 §6", "bytes behind the list are refused with decode_error (50)", Demand::must}, is_malformed<0, 3, 2, 'h', '2', 2, 'h', '3'>},
    {{"list-too-long", "RFC 7301 §3.1, RFC 8446 §6", "a list that is longer than the extension is refused with decode_error (50)", Demand::must}, is_malformed<0, 9, 2, 'h', '2'>},
    {{"name-truncated", "RFC 7301 §3.1, RFC 8446 §6", "a name that reaches beyond the list is refused with decode_error (50)", Demand::must}, is_malformed<0, 6, 2, 'h', '2', 9, 'h', '3'>},
    {{"one-byte", "RFC 7301 §3.1, RFC 8446 §6", "half a length is refused with decode_error (50)", Demand::must}, is_malformed<0>},
    {{"duplicate-extension", "RFC 8446 §4.2", "two ALPN extensions are refused with illegal_parameter (47) or decode_error (50)", Demand::should}, duplicate_extension},
    {{"repeated-name", "RFC 7301 §3.1", "a name may be offered twice", Demand::must}, repeated_name},
    {{"longest-name", "RFC 7301 §3.1", "a name of 255 bytes is a name", Demand::must}, longest_name},
    {{"many-names", "RFC 7301 §3.1", "20,000 names and the spoken one behind them are an offer", Demand::should}, many_names},
    {{"other-case", "RFC 7301 §3.2", "names are compared byte by byte: capitals are another name", Demand::must}, other_case},
    {{"longer-name", "RFC 7301 §3.2", "a name that begins with a spoken one is another name", Demand::must}, longer_name},
    {{"shorter-name", "RFC 7301 §3.2", "the beginning of a spoken name is another name", Demand::must}, shorter_name},
    {{"name-with-nul", "RFC 7301 §3.2", "a spoken name and a zero byte are another name", Demand::must}, name_with_nul},
    {{"grease-alone", "RFC 8701 §3.1", "reserved names are unknown names", Demand::must}, grease_alone},
    {{"grease-beside", "RFC 8701 §3.1", "a reserved name beside a spoken one changes nothing", Demand::must}, grease_beside},
    {{"npn-beside", "RFC 8446 §4.1.2", "NPN, which ALPN has replaced, beside it changes nothing", Demand::must}, npn_beside},
    {{"h2c-alone", "RFC 9113 §3.2", "h2c is not selected inside TLS", Demand::must}, h2c_alone},
    {{"h2c-beside", "RFC 9113 §3.2", "h2c beside a spoken name changes nothing", Demand::must}, h2c_beside},
    {{"acme-beside", "RFC 8737 §3", "acme-tls/1 beside another name is no challenge", Demand::must}, acme_beside},
    {{"retry-repeats", "RFC 8446 §4.1.2", "a HelloRetryRequest changes nothing of the negotiation", Demand::must}, retry_repeats},
    {{"retry-changed", "RFC 7301 §3.1", "a list changed after a HelloRetryRequest is refused, or never answered with a name of the first one", Demand::must}, retry_changed},
    {{"resumption", "RFC 7301 §3.1", "a resumed session's protocol is that of the new connection's offer", Demand::must}, resumption},
    {{"split-records", "RFC 8446 §5.1", "a hello may be spread over records", Demand::must}, split_records},
    {{"tiny-records", "RFC 8446 §5.1", "of a byte each", Demand::should}, tiny_records},
    {{"split-segments", "RFC 9293 §3.8", "a hello may be spread over TCP segments", Demand::must}, split_segments},
    {{"large-hello", "RFC 8446 §4.1.2", "a hello of the size that post-quantum key shares make is a hello", Demand::must}, large_hello},
});
// clang-format on

}  // namespace

std::string_view name_of(Result result) noexcept {
  switch (result) {
    case Result::passed:
      return "passed";
    case Result::failed:
      return "failed";
    case Result::skipped:
      return "skipped";
  }
  return "skipped";
}

std::span<const Case> cases() noexcept { return all_cases; }

const Case* find_case(std::string_view id) noexcept {
  const auto found = std::ranges::find(all_cases, id, &Case::id);
  return found == all_cases.end() ? nullptr : &*found;
}

}  // namespace simplon::probe
