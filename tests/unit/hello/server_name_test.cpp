#include "simplon/hello/server_name.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_literals;

std::optional<std::string> normalised(const std::string& sent) {
  const auto name = ServerName::from(as_bytes(sent));
  if (!name) return std::nullopt;
  return std::string(name->text());
}

TEST(ServerName, FoldsAsciiCase) { EXPECT_EQ(normalised("WWW.Example.COM"), "www.example.com"); }

TEST(ServerName, DropsOneTrailingDot) {
  EXPECT_EQ(normalised("example.com."), "example.com");
  EXPECT_EQ(normalised("example.com.."), std::nullopt);
  EXPECT_EQ(normalised("."), std::nullopt);
}

TEST(ServerName, TakesLettersDigitsHyphensAndUnderscores) {
  for (const char* name : {"localhost", "xn--bcher-kva.example", "_sip._tcp.example", "r3---sn.example", "-a-.example",
                           "1.example", "123"}) {
    EXPECT_EQ(normalised(name), name);
  }
}

TEST(ServerName, RefusesEverythingElse) {
  for (const std::string& name : {""s, "a b"s, "a\0b"s, "b\xc3\xbc.example"s, "a/b"s, "*.example"s, "a,b"s, "a:443"s,
                                  "a@b"s, "a%2e"s, "a\x7f"s, "\xff"s}) {
    EXPECT_EQ(normalised(name), std::nullopt) << name;
  }
}

TEST(ServerName, HasLabelsOfOneTo63Bytes) {  // RFC 1035 §2.3.4
  const std::string longest(63, 'a');
  EXPECT_EQ(normalised(longest + ".b"), longest + ".b");
  EXPECT_EQ(normalised(longest + "a.b"), std::nullopt);
  EXPECT_EQ(normalised(".a"), std::nullopt);
  EXPECT_EQ(normalised("a..b"), std::nullopt);
}

TEST(ServerName, HasAtMost253Bytes) {  // RFC 1035 §2.3.4
  std::string name;
  for (int i = 0; i < 126; ++i)
    name += "a.";
  name += "a";
  ASSERT_EQ(name.size(), 253u);
  EXPECT_EQ(normalised(name), name);
  EXPECT_EQ(normalised(name + "."), name) << "the trailing dot does not count";
  EXPECT_EQ(normalised(name + "a"), std::nullopt);
}

TEST(ServerName, IsNoAddress) {  // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted"
  for (const char* address :
       {"127.0.0.1", "1.2.3.4.", "255.255.255.255", "::1", "[::1]", "2001:db8::1", "fe80::1%eth0"}) {
    EXPECT_EQ(normalised(address), std::nullopt) << address;
  }
}

TEST(ServerName, MayLookAlmostLikeAnAddress) {
  for (const char* name : {"1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4a", "a.2.3.4", "1.2.3.1000"}) {
    EXPECT_EQ(normalised(name), name);
  }
}

TEST(ServerName, ComparesByItsText) {
  EXPECT_EQ(ServerName::from(as_bytes("A.example.")), ServerName::from(as_bytes("a.EXAMPLE")));
  EXPECT_FALSE(ServerName::from(as_bytes("a.example")) == ServerName::from(as_bytes("b.example")));
}

}  // namespace
}  // namespace simplon
