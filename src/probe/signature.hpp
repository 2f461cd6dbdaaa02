// Signatures of a server's handshake, by the TLS library's primitives. For probing alone, never for traffic.
#pragma once

#include "simplon/hello/lists.hpp"
#include "tls/certificate.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace simplon::probe {

/// The first scheme of those that the client offers (RFC 8446 §4.2.3) which the certificate's key can sign with in this
/// version; nothing where there is none.
[[nodiscard]] std::optional<std::uint16_t> choose_scheme(const tls::Certificate& certificate, std::uint16_t version,
                                                         const U16List& offered);

/// The signature of `content` with a scheme that was chosen. Throws std::bad_alloc where the library fails.
[[nodiscard]] std::vector<std::byte> sign(const tls::Certificate& certificate, std::uint16_t scheme, Bytes content);

}  // namespace simplon::probe
