// Which route a name belongs to, once something else than a ClientHello asks.
#pragma once

#include "route/route_table.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace simplon::route {

/// Whether `route` is the one that serves `server_name` with the protocol `selected` on this listener: the first in
/// file order whose server names fit and whose match takes that protocol. For requests on connections that were
/// negotiated for another name (RFC 9113 §9.1.1). `server_name` as in `Request`. Pure; no allocation; linear in the
/// routes.
[[nodiscard]] bool serves(const RouteTable& table, std::uint32_t listener, std::uint32_t route,
                          std::optional<std::string_view> server_name, std::optional<ProtocolIdView> selected) noexcept;

}  // namespace simplon::route
