// Which cipher suites HTTP/2 allows.
#pragma once

#include "route/route_table.hpp"

#include <cstdint>

namespace simplon::tls {

/// Whether HTTP/2 may be spoken over `version` with the cipher suite `suite` (its number in the TLS registry): TLS 1.3
/// with any suite, TLS 1.2 with those outside the prohibited list, older versions never (RFC 9113 §9.2, Appendix A).
/// Strict: a TLS 1.2 suite that nobody knows to be ephemeral and authenticated (AEAD) is not allowed.
[[nodiscard]] bool h2_allowed(route::TlsVersion version, std::uint16_t suite) noexcept;

}  // namespace simplon::tls
