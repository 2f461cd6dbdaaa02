// The client's side of the negotiation: what may be offered, and what may be answered to it.
#pragma once

#include "simplon/alpn/protocol_list.hpp"

#include <optional>
#include <span>

namespace simplon {

/// A client's own offer, most preferred first. Fails with `empty_list`, `list_too_long`, `duplicate_name`, or
/// `h2c_offered` (RFC 9113 §3.2: "h2c" is never used inside TLS).
[[nodiscard]] std::expected<ProtocolList, WireError> make_offer(std::span<const ProtocolIdView> ids);

/// Judges the server's answer, the body of its extension or nothing where it sent none, against `offer`, nothing where
/// the client sent none (RFC 7301 §3.1). "No answer" is a result of its own: the caller decides what it means.
/// Fails with the list's own errors, `answer_not_single`, `answer_not_offered` or `answer_unasked`. The name returned
/// is a view into `answer_body`.
[[nodiscard]] std::expected<std::optional<ProtocolIdView>, WireError> check_answer(
    std::optional<ProtocolListView> offer, std::optional<Bytes> answer_body) noexcept;

/// Turns "no answer" into `answer_missing`, for a client that goes on with a negotiated protocol only.
[[nodiscard]] std::expected<ProtocolIdView, WireError> require(
    std::expected<std::optional<ProtocolIdView>, WireError> answer) noexcept;

/// Whether who stands between a client and a server may pass on `id` of the client's `offer`: no GREASE (RFC 8701), no
/// "h2c" (RFC 9113 §3.2), "acme-tls/1" only where it stands alone (RFC 8737 §3), and "h2" only where the client's TLS
/// allows it (RFC 9113 §9.2; `offers_h2_suite` where the client has no TLS 1.3).
[[nodiscard]] bool may_pass_on(ProtocolListView offer, ProtocolIdView id, bool h2_allowed) noexcept;

/// What of `offer` may be passed on, in its order and each name once; nothing where no name is left.
[[nodiscard]] std::optional<ProtocolList> pass_on(ProtocolListView offer, bool h2_allowed);

}  // namespace simplon
