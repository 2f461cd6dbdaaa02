// The IANA registry "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs" (RFC 7301 §6).
#pragma once

#include "simplon/alpn/protocol_id.hpp"

#include <span>
#include <string_view>

namespace simplon {

/// One registered protocol; all text lives as long as the program.
struct RegisteredProtocol {
  ProtocolIdView id;             ///< the name on the wire
  std::string_view description;  ///< IANA's name for people
  std::string_view reference;    ///< the document that registers it, such as "RFC 9113"
};

/// Every registered protocol, in the order of IANA's table, made from `data/alpn-protocol-ids.csv` at build time.
[[nodiscard]] std::span<const RegisteredProtocol> registered_protocols() noexcept;

/// The entry of `id`, or null when nobody registered it.
[[nodiscard]] const RegisteredProtocol* find_registered(ProtocolIdView id) noexcept;

}  // namespace simplon
