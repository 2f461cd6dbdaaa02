// What both sessions share.
#pragma once

#include "serve/http/message.hpp"

#include <string>
#include <string_view>

namespace simplon::serve::http {

/// The reason phrase of a status this server sends; empty for others (RFC 9112 §4 allows that).
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// The response to a request that the session itself refuses: one line of text.
[[nodiscard]] Response refusal(unsigned status, std::string_view explanation);

/// Now, as a Date field wants it (RFC 9110 §5.6.7).
[[nodiscard]] std::string date_now();

/// Whether `field` may be sent: a token for a name, a value that can't end the line (RFC 9110 §5.5), and none that
/// belongs to the connection (RFC 9113 §8.2.2) or is the session's own to say.
[[nodiscard]] bool may_send(const Field& field) noexcept;

/// Whether `authority` is uri-host with an optional port and without user information (RFC 9110 §7.2, §4.2.4).
[[nodiscard]] bool valid_authority(std::string_view authority) noexcept;

/// Whether a response with `status` has no content, whatever its fields say (RFC 9110 §6.4.1).
[[nodiscard]] bool without_content(unsigned status) noexcept;

/// `text` with the letters A to Z in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace simplon::serve::http
