// Authorities and fields.
#include "serve/http/common.hpp"

#include <gtest/gtest.h>

namespace simplon::serve::http {
namespace {

TEST(Authority, IsAHostWithAnOptionalPort) {  // RFC 3986 §3.2
  for (const char* good : {"a", "a:1", "a:", "127.0.0.1:8443", "[::1]", "[::1]:443", "xn--bcher-kva.example"})
    EXPECT_TRUE(valid_authority(good)) << good;
  for (const char* bad : {"", ":1", "a b", "a/b", "u@a", "a:b", "[]", "[::1", "[::1]x", "a:1:2", "<a>", "a\"", "\xFF"})
    EXPECT_FALSE(valid_authority(bad)) << bad;
}

TEST(Date, HasTheFixedLengthForm) {  // RFC 9110 §5.6.7
  const std::string date(date_now());
  EXPECT_EQ(date.size(), std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size());
  EXPECT_TRUE(date.ends_with(" GMT"));
}

}  // namespace
}  // namespace simplon::serve::http
