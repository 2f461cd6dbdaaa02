// PROXY headers that other programs send, and those that nobody should.
#include "net/proxy_protocol.hpp"
#include "support/proxy_headers.hpp"

#include <gtest/gtest.h>
#include <sys/un.h>

namespace simplon::net {

namespace {

using test::haproxy_header;
using test::inet6_block;
using test::inet_block;
using test::unix_block;

constexpr auto tlv = test::proxy_tlv;

std::optional<ProxyHeader> read(std::string_view bytes) {
  const auto progress = read_proxy_header(as_bytes(bytes));
  if (!progress || !std::holds_alternative<ProxyHeader>(*progress)) return std::nullopt;
  return std::get<ProxyHeader>(*progress);
}

std::optional<ProxyError> error_of(std::string_view bytes) {
  const auto progress = read_proxy_header(as_bytes(bytes));
  return progress ? std::nullopt : std::optional(progress.error());
}

// "SOURCE > DESTINATION", "none", or "no header".
std::string ends_of(std::string_view bytes) {
  const auto header = read(bytes);
  if (!header) return "no header";
  if (!header->addresses) return "none";
  return header->addresses->source.to_text() + " > " + header->addresses->destination.to_text();
}

struct Whole {
  std::string_view section;
  std::string bytes;
  std::string_view ends;
};

class WholeProxyHeader : public testing::TestWithParam<Whole> {};

TEST_P(WholeProxyHeader, IsRead) {
  const std::string& bytes = GetParam().bytes;
  EXPECT_EQ(ends_of(bytes), GetParam().ends) << GetParam().section;
  // What follows is the connection's own.
  const std::string followed = bytes + "\x16\x03\x01\r\n";
  ASSERT_TRUE(read(followed));
  EXPECT_EQ(read(followed)->size, bytes.size());
}

// Not one byte sooner, and never with fewer bytes than were said to be missing.
TEST_P(WholeProxyHeader, AsksForWhatIsMissing) {
  const std::string& bytes = GetParam().bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto progress = read_proxy_header(as_bytes(bytes).first(size));
    ASSERT_TRUE(progress) << size;
    const auto* const more = std::get_if<ProxyNeedsMore>(&*progress);
    ASSERT_NE(more, nullptr) << size;
    EXPECT_GE(more->bytes, 1U) << size;
    EXPECT_LE(size + more->bytes, bytes.size()) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Version1, WholeProxyHeader,
    testing::Values(
        Whole{"2.1", "PROXY TCP4 192.0.2.1 198.51.100.7 1000 443\r\n", "192.0.2.1:1000 > 198.51.100.7:443"},
        Whole{"2.1, longest", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
              "255.255.255.255:65535 > 255.255.255.255:65535"},
        Whole{"2.1, ports from 0", "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0 > 0.0.0.0:0"},
        Whole{"2.1, a double colon", "PROXY TCP6 2001:db8::1 2001:DB8::2 1000 443\r\n",
              "[2001:db8::1]:1000 > [2001:db8::2]:443"},
        Whole{"2.1, longest",
              "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
              "65535 65535\r\n",
              "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
        Whole{"2.1, short form", "PROXY UNKNOWN\r\n", "none"},
        Whole{"2.1, anything before the CRLF", "PROXY UNKNOWN a\nb\rc 99999\r\n", "none"},
        Whole{"2.1, worst case",
              "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
              "65535 65535\r\n",
              "none"}));

INSTANTIATE_TEST_SUITE_P(
    Version2, WholeProxyHeader,
    testing::Values(
        Whole{"2.2, TCP over IPv4", test::proxy_v2(0x21, 0x11, inet_block()), "192.0.2.1:1000 > 198.51.100.7:443"},
        Whole{"2.2, TCP over IPv6", test::proxy_v2(0x21, 0x21, inet6_block()),
              "[2001:db8::1]:1000 > [2001:db8::2]:443"},
        Whole{"2.2, UNIX stream", test::proxy_v2(0x21, 0x31, unix_block()), "unix > unix"},
        Whole{"2.2, UDP over IPv4", test::proxy_v2(0x21, 0x12, inet_block()), "none"},
        Whole{"2.2, UDP over IPv6", test::proxy_v2(0x21, 0x22, inet6_block()), "none"},
        Whole{"2.2, UNIX datagram", test::proxy_v2(0x21, 0x32, unix_block()), "none"},
        Whole{"2.2, UNSPEC", test::proxy_v2(0x21, 0x00, ""), "none"},
        Whole{"2.2, UNSPEC with addresses", test::proxy_v2(0x21, 0x00, "anything"), "none"},
        Whole{"2.2, UNSPEC transport", test::proxy_v2(0x21, 0x10, "anything"), "none"},
        Whole{"2.2, LOCAL", test::proxy_v2(0x20, 0x00, ""), "none"},
        Whole{"2.2, LOCAL, addresses ignored", test::proxy_v2(0x20, 0x11, inet_block()), "none"},
        Whole{"2.2, LOCAL, family ignored", test::proxy_v2(0x20, 0xff, "anything"), "none"},
        Whole{"2.2, TLVs of others", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0xea, "aws") + tlv(0x30, "ns")),
              "192.0.2.1:1000 > 198.51.100.7:443"},
        Whole{"2.2.4, NOOP", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x04, "")),
              "192.0.2.1:1000 > 198.51.100.7:443"},
        Whole{"2.2, as long as is allowed",
              test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x04, std::string(proxy_header_bytes - 16 - 12 - 3, 'x'))),
              "192.0.2.1:1000 > 198.51.100.7:443"},
        Whole{"2.2.3, HAProxy's", haproxy_header(), "127.0.0.1:60370 > 127.0.0.1:39693"}));

struct Broken {
  std::string_view what;
  std::string bytes;
  ProxyError error;
};

class BrokenProxyHeader : public testing::TestWithParam<Broken> {};

TEST_P(BrokenProxyHeader, IsRefused) {
  EXPECT_EQ(error_of(GetParam().bytes), GetParam().error) << GetParam().what;
  EXPECT_EQ(error_of(GetParam().bytes + "\x16\x03\x01\r\n"), GetParam().error) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Version1, BrokenProxyHeader,
    testing::Values(
        Broken{"TLS", "\x16", ProxyError::not_proxy}, Broken{"HTTP", "GET / HTTP/1.1\r\n", ProxyError::not_proxy},
        Broken{"HTTP that begins alike", "PRI * HTTP/2.0\r\n\r\n", ProxyError::not_proxy},
        Broken{"in small letters", "proxy TCP4 ", ProxyError::not_proxy},
        Broken{"one word", "PROXYTCP4", ProxyError::bad_line}, Broken{"a tab", "PROXY\tTCP4 ", ProxyError::bad_line},
        Broken{"two spaces", "PROXY  TCP4 ", ProxyError::bad_line},
        Broken{"another family", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", ProxyError::bad_line},
        Broken{"a longer family", "PROXY UNKNOWNS\r\n", ProxyError::bad_line},
        Broken{"nothing behind the family", "PROXY TCP4\r\n", ProxyError::bad_line},
        Broken{"LF alone", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", ProxyError::bad_line},
        Broken{"CR alone", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\rx", ProxyError::bad_line},
        Broken{"a word too few", "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", ProxyError::bad_line},
        Broken{"a word too many", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", ProxyError::bad_line},
        Broken{"a space at the end", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", ProxyError::bad_line},
        Broken{"no CRLF", "PROXY UNKNOWN " + std::string(92, 'x'), ProxyError::line_too_long},
        Broken{"CRLF too late", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", ProxyError::line_too_long},
        Broken{"no CRLF in an address", "PROXY TCP4 " + std::string(95, '1'), ProxyError::line_too_long},
        Broken{"IPv6 in TCP4", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", ProxyError::bad_address},
        Broken{"IPv4 in TCP6", "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"one of each", "PROXY TCP6 2001:db8::1 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"over 255", "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"three numbers", "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"a leading zero", "PROXY TCP4 192.0.02.1 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"two double colons", "PROXY TCP6 2001::db8::1 ::1 1 2\r\n", ProxyError::bad_address},
        Broken{"in brackets", "PROXY TCP6 [::1] [::1] 1 2\r\n", ProxyError::bad_address},
        Broken{"a zone", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", ProxyError::bad_address},
        Broken{"a name", "PROXY TCP4 localhost 192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"no address", "PROXY TCP4  192.0.2.2 1 2\r\n", ProxyError::bad_address},
        Broken{"a zero byte", std::string("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n", 38), ProxyError::bad_address},
        Broken{"a port over 65535", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", ProxyError::bad_port},
        Broken{"a port far over", "PROXY TCP4 192.0.2.1 192.0.2.2 4294967297 2\r\n", ProxyError::bad_port},
        Broken{"leading zeros", "PROXY TCP4 192.0.2.1 192.0.2.2 1 0443\r\n", ProxyError::bad_port},
        Broken{"two zeros", "PROXY TCP4 192.0.2.1 192.0.2.2 00 1\r\n", ProxyError::bad_port},
        Broken{"a sign", "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", ProxyError::bad_port},
        Broken{"below 0", "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", ProxyError::bad_port},
        Broken{"no number", "PROXY TCP4 192.0.2.1 192.0.2.2 x 2\r\n", ProxyError::bad_port},
        Broken{"no port", "PROXY TCP4 192.0.2.1 192.0.2.2  2\r\n", ProxyError::bad_port}));

INSTANTIATE_TEST_SUITE_P(
    Version2, BrokenProxyHeader,
    testing::Values(
        Broken{"another signature", std::string("\r\n\r\n\0\r\nQUIX", 11), ProxyError::not_proxy},
        Broken{"version 1", test::proxy_v2(0x11, 0x11, inet_block()), ProxyError::bad_version},
        Broken{"version 3, as soon as it shows", test::proxy_v2(0x31, 0, "").substr(0, 13), ProxyError::bad_version},
        Broken{"an unassigned command", test::proxy_v2(0x22, 0x11, inet_block()), ProxyError::bad_command},
        Broken{"an unassigned family", test::proxy_v2(0x21, 0x41, inet_block()), ProxyError::bad_family},
        Broken{"an unassigned transport", test::proxy_v2(0x21, 0x13, inet_block()), ProxyError::bad_family},
        Broken{"longer than allowed", test::proxy_v2(0x21, 0x11, "", proxy_header_bytes - 15), ProxyError::too_long},
        Broken{"as long as can be said", test::proxy_v2(0x21, 0x11, "", 0xffff), ProxyError::too_long},
        Broken{"LOCAL, likewise", test::proxy_v2(0x20, 0x00, "", 0xffff), ProxyError::too_long},
        Broken{"no room for IPv4", test::proxy_v2(0x21, 0x11, inet_block(), 11), ProxyError::addresses_cut},
        Broken{"no room for IPv6", test::proxy_v2(0x21, 0x21, inet_block()), ProxyError::addresses_cut},
        Broken{"no room for paths", test::proxy_v2(0x21, 0x31, inet6_block()), ProxyError::addresses_cut},
        Broken{"no room at all", test::proxy_v2(0x21, 0x11, ""), ProxyError::addresses_cut},
        Broken{"a type alone", test::proxy_v2(0x21, 0x11, inet_block() + "\x04"), ProxyError::broken_tlv},
        Broken{"half a length", test::proxy_v2(0x21, 0x11, inet_block() + std::string("\x04\0", 2)),
               ProxyError::broken_tlv},
        Broken{"a TLV that overruns", test::proxy_v2(0x21, 0x11, inet_block() + std::string("\x04\0\x02x", 4)),
               ProxyError::broken_tlv},
        Broken{"also over UDP", test::proxy_v2(0x21, 0x12, inet_block() + std::string("\x04\0\x02x", 4)),
               ProxyError::broken_tlv},
        Broken{"2.2.6, no room for its fields", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x20, "\x01...")),
               ProxyError::broken_tlv},
        Broken{"2.2.6, a TLV inside that overruns",
               test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x20, std::string("\x01\0\0\0\0\x21\0\x08TLSv1.3", 15))),
               ProxyError::broken_tlv},
        Broken{"2.2.3, not 32 bits", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x03, "crc")),
               ProxyError::broken_tlv},
        Broken{"2.2.3, another", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x03, "crcc")),
               ProxyError::checksum_mismatch},
        Broken{"2.2.3, two", test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x03, "crcc") + tlv(0x03, "crcc")),
               ProxyError::repeated_checksum}));

TEST(ProxyHeaderRead, TellsWhatHaproxyTells) {
  const std::string bytes = haproxy_header();
  const auto header = read(bytes);
  ASSERT_TRUE(header);
  const ProxyDetails& details = header->details;
  ASSERT_TRUE(details.alpn && details.authority && details.ssl);
  EXPECT_EQ(as_text(*details.alpn), "h2");
  EXPECT_EQ(*details.authority, "app.example.com");
  EXPECT_EQ(details.ssl->client, ProxySsl::over_tls);
  EXPECT_EQ(details.ssl->verify, 0U);
  EXPECT_EQ(details.ssl->version, "TLSv1.3");
  EXPECT_EQ(details.ssl->cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(details.ssl->common_name, std::nullopt);
}

// PROXY §2.2.3: "a CRC32c checksum value of the whole PROXY header".
TEST(ProxyHeaderRead, VerifiesTheChecksumOfEveryByte) {
  const std::string good = haproxy_header();
  constexpr std::size_t type = 28;  // with another one it is no checksum
  for (std::size_t i = 16; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x01);
    EXPECT_EQ(read(bad).has_value(), i == type) << i;
  }
}

TEST(ProxyHeaderRead, TellsPathsOfUnixSockets) {
  const auto header = read(test::proxy_v2(0x21, 0x31, unix_block()));
  ASSERT_TRUE(header && header->addresses);
  const Endpoint& source = header->addresses->source;
  EXPECT_EQ(source.family(), AF_UNIX);
  EXPECT_STREQ(reinterpret_cast<const sockaddr_un*>(source.address())->sun_path, "/run/a");
}

TEST(ProxyHeaderRead, KeepsTheFirstOfARepeatedTlv) {
  const std::string bytes = test::proxy_v2(0x21, 0x11, inet_block() + tlv(0x01, "h2") + tlv(0x01, "x") + tlv(0x02, ""));
  const auto header = read(bytes);
  ASSERT_TRUE(header && header->details.alpn && header->details.authority);
  EXPECT_EQ(as_text(*header->details.alpn), "h2");
  EXPECT_EQ(*header->details.authority, "");
  EXPECT_FALSE(header->details.ssl);
}

TEST(ProxyHeaderRead, HasAWordForEveryError) {
  for (int i = 0; i <= static_cast<int>(ProxyError::repeated_checksum); ++i) {
    EXPECT_NE(describe(static_cast<ProxyError>(i)), "PROXY header: broken") << i;
  }
}

}  // namespace

}  // namespace simplon::net
