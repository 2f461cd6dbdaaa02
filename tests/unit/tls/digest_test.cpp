#include "tls/digest.hpp"

#include "tls/policy.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon::tls {

namespace {

std::string hex(const Digest& digest) {
  std::string text;
  for (const std::byte byte : digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

// The examples of FIPS 180-4.
TEST(Sha256, OfNothing) {
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, OfThreeBytes) {
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(SessionPolicy, DiffersByMinimumVersion) {
  EXPECT_NE(session_id_context({route::TlsVersion::tls_1_2, "a.example"}),
            session_id_context({route::TlsVersion::tls_1_3, "a.example"}));
}

// RFC 6066 §3: a session is not resumed under another server name.
TEST(SessionPolicy, DiffersByServerName) {
  const auto of = [](std::optional<std::string_view> name) {
    return session_id_context({route::TlsVersion::none, name});
  };
  EXPECT_NE(of("a.example"), of("b.example"));
  EXPECT_NE(of(""), of(std::nullopt));
  EXPECT_EQ(of("a.example"), of("A.Example."));
}

}  // namespace

}  // namespace simplon::tls
