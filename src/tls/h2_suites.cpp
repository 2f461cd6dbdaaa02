#include "tls/h2_suites.hpp"

#include <algorithm>
#include <array>

namespace simplon::tls {

namespace {

struct Range {
  std::uint16_t first;
  std::uint16_t last;
};

// The registry's TLS 1.2 suites with an ephemeral key exchange and AEAD: what RFC 9113 Appendix A leaves.
constexpr std::array ephemeral_aead{
    Range{0x009e, 0x009f},  // DHE_RSA AES GCM
    Range{0x00a2, 0x00a3},  // DHE_DSS AES GCM
    Range{0x00aa, 0x00ab},  // DHE_PSK AES GCM
    Range{0xc02b, 0xc02c},  // ECDHE_ECDSA AES GCM
    Range{0xc02f, 0xc030},  // ECDHE_RSA AES GCM
    Range{0xc052, 0xc053},  // DHE_RSA ARIA GCM
    Range{0xc056, 0xc057},  // DHE_DSS ARIA GCM
    Range{0xc05c, 0xc05d},  // ECDHE_ECDSA ARIA GCM
    Range{0xc060, 0xc061},  // ECDHE_RSA ARIA GCM
    Range{0xc06c, 0xc06d},  // DHE_PSK ARIA GCM
    Range{0xc07c, 0xc07d},  // DHE_RSA CAMELLIA GCM
    Range{0xc080, 0xc081},  // DHE_DSS CAMELLIA GCM
    Range{0xc086, 0xc087},  // ECDHE_ECDSA CAMELLIA GCM
    Range{0xc08a, 0xc08b},  // ECDHE_RSA CAMELLIA GCM
    Range{0xc090, 0xc091},  // DHE_PSK CAMELLIA GCM
    Range{0xc09e, 0xc09f},  // DHE_RSA AES CCM
    Range{0xc0a2, 0xc0a3},  // DHE_RSA AES CCM_8
    Range{0xc0a6, 0xc0a7},  // DHE_PSK AES CCM
    Range{0xc0aa, 0xc0ab},  // PSK_DHE AES CCM_8
    Range{0xc0ac, 0xc0af},  // ECDHE_ECDSA AES CCM and CCM_8
    Range{0xcca8, 0xccaa},  // ECDHE_RSA, ECDHE_ECDSA, DHE_RSA CHACHA20 POLY1305 (RFC 7905)
    Range{0xccac, 0xccad},  // ECDHE_PSK, DHE_PSK CHACHA20 POLY1305
    Range{0xd001, 0xd003},  // ECDHE_PSK AES GCM, AES_128 CCM_8 (RFC 8442)
    Range{0xd005, 0xd005},  // ECDHE_PSK AES_128 CCM
};

}  // namespace

bool h2_allowed(route::TlsVersion version, std::uint16_t suite) noexcept {
  if (version >= route::TlsVersion::tls_1_3) return true;
  if (version < route::TlsVersion::tls_1_2) return false;
  return std::ranges::any_of(ephemeral_aead,
                             [suite](Range range) { return suite >= range.first && suite <= range.last; });
}

}  // namespace simplon::tls
