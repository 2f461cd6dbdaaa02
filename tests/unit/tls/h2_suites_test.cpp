#include "tls/h2_suites.hpp"

#include "unit/tls/tls_pair.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace simplon::tls {

namespace {

using enum route::TlsVersion;

// RFC 9113 Appendix A, whole: its 276 suites as ranges of their numbers in the TLS registry.
constexpr std::array<std::pair<std::uint16_t, std::uint16_t>, 24> appendix_a{{
    {0x0000, 0x001b}, {0x001e, 0x0046}, {0x0067, 0x006d}, {0x0084, 0x009d}, {0x00a0, 0x00a1}, {0x00a4, 0x00a9},
    {0x00ac, 0x00c5}, {0x00ff, 0x00ff}, {0xc001, 0xc02a}, {0xc02d, 0xc02e}, {0xc031, 0xc051}, {0xc054, 0xc055},
    {0xc058, 0xc05b}, {0xc05e, 0xc05f}, {0xc062, 0xc06b}, {0xc06e, 0xc07b}, {0xc07e, 0xc07f}, {0xc082, 0xc085},
    {0xc088, 0xc089}, {0xc08c, 0xc08f}, {0xc092, 0xc09d}, {0xc0a0, 0xc0a1}, {0xc0a4, 0xc0a5}, {0xc0a8, 0xc0a9},
}};

bool in_appendix_a(unsigned suite) {
  return std::ranges::any_of(appendix_a,
                             [suite](const auto& range) { return suite >= range.first && suite <= range.second; });
}

TEST(H2Suites, ForbidsAllOfAppendixA) {
  int count = 0;
  for (unsigned suite = 0; suite <= 0xffff; ++suite) {
    if (!in_appendix_a(suite)) continue;
    ++count;
    EXPECT_FALSE(h2_allowed(tls_1_2, static_cast<std::uint16_t>(suite))) << std::hex << suite;
  }
  EXPECT_EQ(count, 276);
}

// What is ours to configure, and what RFC 9113 §9.2.2 requires of everybody (0xc02f).
TEST(H2Suites, AllowsEphemeralAead) {
  for (const std::uint16_t suite : std::to_array<std::uint16_t>({0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9})) {
    EXPECT_TRUE(h2_allowed(tls_1_2, suite)) << std::hex << suite;
  }
}

// RFC 9113 §9.2: "HTTP/2 over TLS 1.2 or higher".
TEST(H2Suites, ForbidsOlderVersions) {
  EXPECT_FALSE(h2_allowed(tls_1_1, 0xc02f));
  EXPECT_FALSE(h2_allowed(tls_1_0, 0xc02f));
}

TEST(H2Suites, AllowsEverySuiteOfTls13) {
  for (const std::uint16_t suite : std::to_array<std::uint16_t>({0x1301, 0x1302, 0x1303, 0x1304, 0x1305}))
    EXPECT_TRUE(h2_allowed(tls_1_3, suite));
}

// So no connection of ours can end up with h2 on a forbidden suite.
TEST(H2Suites, AreAllThatOurContextsHave) {
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(default_store().find(std::nullopt).native());
  int older = 0;  // not every library lists those of TLS 1.3
  for (int i = 0; i < static_cast<int>(sk_SSL_CIPHER_num(ciphers)); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    const bool is_1_3 = std::string_view(SSL_CIPHER_get_version(cipher)) == "TLSv1.3";
    older += is_1_3 ? 0 : 1;
    EXPECT_TRUE(h2_allowed(is_1_3 ? tls_1_3 : tls_1_2, SSL_CIPHER_get_protocol_id(cipher)))
        << SSL_CIPHER_get_name(cipher);
  }
  EXPECT_EQ(older, 6);
}

}  // namespace

}  // namespace simplon::tls
