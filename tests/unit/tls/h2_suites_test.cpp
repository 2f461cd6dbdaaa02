#include "tls/h2_suites.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace simplon::tls {

namespace {

using enum route::TlsVersion;

// RFC 9113 Appendix A, whole: its 276 suites in the order of the appendix, as ranges of numbers in the TLS registry.
constexpr std::array<std::pair<std::uint16_t, std::uint16_t>, 43> appendix_a{{
    {0x0000, 0x001b}, {0x001e, 0x0046}, {0x0067, 0x006d}, {0x0084, 0x009d}, {0x00a0, 0x00a1}, {0x00a4, 0x00a9},
    {0x00ac, 0x00c5}, {0x00ff, 0x00ff}, {0xc001, 0xc02a}, {0xc02d, 0xc02e}, {0xc031, 0xc051}, {0xc054, 0xc055},
    {0xc058, 0xc05b}, {0xc05e, 0xc05f}, {0xc062, 0xc06b}, {0xc06e, 0xc07b}, {0xc07e, 0xc07f}, {0xc082, 0xc085},
    {0xc088, 0xc089}, {0xc08c, 0xc08f}, {0xc092, 0xc09d}, {0xc0a0, 0xc0a1}, {0xc0a4, 0xc0a5}, {0xc0a8, 0xc0a9},
}};

TEST(H2Suites, ForbidsAllOfAppendixA) {
  int count = 0;
  for (const auto& [first, last] : appendix_a) {
    for (unsigned suite = first; first != last && suite <= last; ++suite, ++count) {
      EXPECT_FALSE(h2_allowed(tls_1_2, static_cast<std::uint16_t>(suite))) << std::hex << suite;
    }
  }
  EXPECT_EQ(count, 276);
}

}  // namespace

}  // namespace simplon::tls
