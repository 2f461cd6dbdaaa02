// What both sessions share.
#pragma once

#include "serve/http/message.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simplon::serve::http {

/// The reason phrase of a status this server sends; empty for others (RFC 9112 §4 allows that).
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// The response to a request that the session itself refuses: one line of text.
[[nodiscard]] Response refusal(unsigned status, std::string_view explanation);

/// Now, as a Date field wants it (RFC 9110 §5.6.7). Valid until the next call on this thread.
[[nodiscard]] std::string_view date_now();

/// Whether a handler's `field` may be sent: a token for a name, a value that can't end the line (RFC 9110 §5.5), and
/// none that belongs to the connection (RFC 9113 §8.2.2) or is the session's own to say.
[[nodiscard]] bool may_send(const Field& field) noexcept;

/// Whether `authority` is uri-host with an optional port and without user information (RFC 9110 §7.2, §4.2.4).
[[nodiscard]] bool valid_authority(std::string_view authority) noexcept;

/// The host of a valid authority, without port and brackets.
[[nodiscard]] std::string_view host_of(std::string_view authority) noexcept;

/// Whether a response with `status` has no content, whatever its fields say (RFC 9110 §6.4.1).
[[nodiscard]] bool without_content(unsigned status) noexcept;

/// A letter A to Z in lower case; all else as it is.
[[nodiscard]] constexpr char to_lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Whether `text` is a token, as methods and field names are (RFC 9110 §5.6.2).
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` holds only what a path and a query may (RFC 3986 §3.3, §3.4), and what else is unambiguous in a
/// request line: visible ASCII but for "#".
[[nodiscard]] bool is_target(std::string_view text) noexcept;

/// Whether the texts differ in the case of letters A to Z at most.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A Content-Length: digits only, below 2^63, for others may read it as a signed number. Nothing for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_length(std::string_view text) noexcept;

/// Whether a field concerns one connection only, and so is not passed on (RFC 9110 §7.6.1). In any case of letters.
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Whether a field tells a backend who the client is, which is for the gateway to say and not for the client. In any
/// case of letters, and with "_" for "-", which some backends don't tell apart.
[[nodiscard]] bool tells_the_client(std::string_view name) noexcept;

/// Whether a field may stand in trailers: none that frames, routes or authorises a message (RFC 9110 §6.5.1).
[[nodiscard]] bool may_trail(std::string_view name) noexcept;

/// Calls `visit` with each member of a comma-separated list, white space around it removed (RFC 9110 §5.6.1).
template <typename Visit>
void for_each_member(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view member = list.substr(0, end);
    const std::size_t first = member.find_first_not_of(" \t");
    member = first == std::string_view::npos ? std::string_view()
                                             : member.substr(first, member.find_last_not_of(" \t") - first + 1);
    if (!member.empty()) visit(member);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

/// Removes from `fields` those that `connection`, the value of Connection, names (RFC 9110 §7.6.1).
void remove_named(Fields& fields, std::string_view connection);

/// `text` with the letters A to Z in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace simplon::serve::http
