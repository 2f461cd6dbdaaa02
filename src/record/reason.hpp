// Why a connection ended otherwise than well: one enumeration for the log, the metrics and the tests.
#pragma once

#include "route/decide.hpp"
#include "simplon/alpn/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace simplon::record {

enum class Reason : std::uint8_t {
  none,  ///< nothing went wrong
  // The decision refused it.
  no_common_protocol,
  no_alpn_offered,
  tls_version,
  unknown_server_name,
  missing_server_name,
  reject_route,
  // The PROXY header could not be read.
  proxy_source_untrusted,
  proxy_header_missing,
  proxy_header_broken,
  // The hello could not be read.
  not_tls,
  plain_http,
  alert_received,
  malformed_hello,
  duplicate_extension,
  unexpected_message,
  record_overflow,
  hello_too_large,
  hello_timeout,
  client_closed,
  // A limit.
  too_many_connections,
  too_many_per_client,
  too_many_new_per_client,
  too_many_handshakes,
  // After the decision.
  handshake_failed,
  handshake_timeout,
  client_certificate,
  negotiation_changed,
  no_challenge,
  backend_unreachable,
  backend_timeout,
  backend_handshake_failed,
  backend_certificate,
  backend_protocol,
  idle_timeout,
  client_reset,
  backend_reset,
  protocol_violation,
  // Of requests, on `http` routes.
  request_timeout,
  bad_request,
  flood,
  misdirected,
  bad_response,
  overloaded,
  drained,
  internal,  ///< the last one: see `reason_count`
};

/// How many reasons there are.
inline constexpr std::size_t reason_count = static_cast<std::size_t>(Reason::internal) + 1;

/// The name that log and metrics use, such as "no_common_protocol"; empty for `none`.
[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

[[nodiscard]] Reason reason_of(route::Refusal refusal) noexcept;
[[nodiscard]] Reason reason_of(WireError error) noexcept;

}  // namespace simplon::record
