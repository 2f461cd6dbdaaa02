// The decision: which route gets a connection, and what is selected. Total and pure; no I/O, no clock, no allocation.
#pragma once

#include "route/route_table.hpp"
#include "simplon/alpn/error.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace simplon::route {

/// What the client's hello says that a decision depends on.
struct Request {
  std::uint32_t listener = 0;
  /// Lower-case, without a trailing dot, a valid host name and no IP literal; nothing where the client sent none
  /// (`simplon::ServerName` makes it so).
  std::optional<std::string_view> server_name;
  /// Nothing where the client sent no ALPN extension.
  std::optional<ProtocolListView> offer;
  /// The highest version that both sides have.
  TlsVersion version = TlsVersion::tls_1_3;
  /// Both sides have a TLS 1.2 cipher suite outside RFC 9113 Appendix A.
  bool h2_suite = true;
};

/// Why no route gets the connection.
enum class Refusal : std::uint8_t {
  no_common_protocol,   ///< the offer overlaps with no route
  no_alpn_offered,      ///< no ALPN extension, and no route takes that
  tls_version,          ///< every fitting route wants a higher TLS version
  unknown_server_name,  ///< the name sent is that of no route of the listener
  missing_server_name,  ///< no name sent, and every route wants one
  reject_route,         ///< the route that won says `reject = true`
};

/// The alert that tells the client (RFC 7301 §3.2; RFC 6066 §3; RFC 8446 §9.2).
[[nodiscard]] Alert alert_of(Refusal refusal) noexcept;

/// The decision on one connection.
struct Decision {
  std::optional<std::uint32_t> route;  ///< index of the route that won; with `reject_route` the one that refuses
  std::optional<Refusal> refusal;      ///< set where the connection is refused
  /// What we select; nothing on a `delegate` route, for a client without an offer, with `*`, or past a mismatch.
  /// A view into the table.
  std::optional<ProtocolIdView> selected;
  bool would_reject = false;  ///< the listener's `report` policy let through what `reject` would refuse
  bool mismatch = false;      ///< the offer overlapped with no route, whatever the policy made of it
};

[[nodiscard]] Decision decide(const RouteTable& table, const Request& request) noexcept;

}  // namespace simplon::route
