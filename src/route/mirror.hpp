// End-to-end negotiation: what of a client's offer a `mirror` route passes on to the backend.
#pragma once

#include "route/decide.hpp"
#include "route/match.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <optional>

namespace simplon::route {

/// Whether HTTP/2 may be spoken on the connection: TLS 1.3, or TLS 1.2 with a suite that it allows (RFC 9113 §9.2).
[[nodiscard]] constexpr bool is_h2_allowed(const Request& request) noexcept {
  return request.version >= TlsVersion::tls_1_3 || (request.version == TlsVersion::tls_1_2 && request.h2_suite);
}

/// Whether anything of `offer` may be passed on at all.
[[nodiscard]] bool passes_on_any(ProtocolListView offer, bool h2_allowed) noexcept;

/// The list for the backend: the client's, in its order and each name once, without those that `match` leaves out,
/// GREASE (RFC 8701), "h2c" (RFC 9113 §3.2), "acme-tls/1" beside others (RFC 8737 §3), and "h2" where the client's TLS
/// forbids it. Nothing where none is left.
[[nodiscard]] std::optional<ProtocolList> mirror(ProtocolListView offer, const Match& match, bool h2_allowed);

}  // namespace simplon::route
