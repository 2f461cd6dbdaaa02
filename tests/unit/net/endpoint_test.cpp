// Socket addresses as text, and from text.
#include "net/endpoint.hpp"

#include <gtest/gtest.h>

namespace simplon::net {

namespace {

TEST(Endpoint, IsTextAsUsersWriteIt) {
  EXPECT_EQ(Endpoint::from_ip("192.0.2.1", 443)->to_text(), "192.0.2.1:443");
  EXPECT_EQ(Endpoint::from_ip("2001:db8::1", 443)->to_text(), "[2001:db8::1]:443");  // RFC 3986 §3.2.2
  EXPECT_EQ(Endpoint::from_ip("2001:DB8:0:0::1", 1)->to_text(), "[2001:db8::1]:1");  // RFC 5952 §4
  EXPECT_EQ(Endpoint::from_ip("::", 65535)->to_text(), "[::]:65535");
  EXPECT_EQ(Endpoint::from_path("/run/app.sock")->to_text(), "unix");
}

// RFC 4291 §2.5.5.2: what a dual-stack listener sees of an IPv4 client.
TEST(Endpoint, ShowsMappedAddressesAsIpv4) {
  EXPECT_EQ(Endpoint::from_ip("::ffff:192.0.2.1", 443)->to_text(), "192.0.2.1:443");
  EXPECT_EQ(Endpoint::from_ip("::ffff:192.0.2.1", 443)->family(), AF_INET6);
}

TEST(Endpoint, HasItsBytes) {
  EXPECT_EQ(Endpoint::from_ip("192.0.2.1", 1)->ip(), Endpoint::from_ip("::ffff:192.0.2.1", 1)->ip());
  const IpBytes ip = Endpoint::from_ip("2001:db8::1", 1)->ip();
  EXPECT_EQ(Endpoint::from_bytes(ip, 443).to_text(), "[2001:db8::1]:443");
  EXPECT_EQ(Endpoint::from_bytes(Bytes(Endpoint::from_ip("192.0.2.1", 1)->ip()).last(4), 443).to_text(),
            "192.0.2.1:443");
}

TEST(Endpoint, IsNoneWithoutAnIpLiteral) {
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.256", "[::1]", "::1%lo", "1.2.3.4 "}) {
    EXPECT_FALSE(Endpoint::from_ip(text, 1)) << text;
  }
}

TEST(Endpoint, KnowsItsPort) {
  EXPECT_EQ(Endpoint::from_ip("127.0.0.1", 8443)->port(), 8443);
  EXPECT_EQ(Endpoint::from_ip("::1", 8443)->port(), 8443);
  EXPECT_EQ(Endpoint::from_path("/run/app.sock")->port(), 0);
}

TEST(Endpoint, KnowsWhetherItIsIp) {
  EXPECT_TRUE(Endpoint::from_ip("127.0.0.1", 1)->is_ip());
  EXPECT_TRUE(Endpoint::from_ip("::1", 1)->is_ip());
  EXPECT_FALSE(Endpoint::from_path("/x")->is_ip());
}

// sun_path holds 108 bytes, the last one a zero.
TEST(Endpoint, KnowsThisMachineAlone) {
  const auto is_loopback = [](const char* host) { return Endpoint::from_ip(host, 443).value().is_loopback(); };
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_TRUE(is_loopback("127.255.0.9"));
  EXPECT_TRUE(is_loopback("::1"));
  EXPECT_TRUE(is_loopback("::ffff:127.0.0.1"));
  EXPECT_FALSE(is_loopback("192.0.2.127"));
  EXPECT_FALSE(is_loopback("::"));
  EXPECT_FALSE(is_loopback("::ffff:192.0.2.1"));
  EXPECT_FALSE(is_loopback("7f00::1"));
  EXPECT_FALSE(Endpoint::from_path("/run/127").value().is_loopback());
}

TEST(Endpoint, IsNoneForAPathTooLong) {
  EXPECT_TRUE(Endpoint::from_path('/' + std::string(106, 'x')));
  EXPECT_FALSE(Endpoint::from_path('/' + std::string(107, 'x')));
}

}  // namespace

}  // namespace simplon::net
