// PROXY headers as they are sent: read again, they say what was to be said.
#include "net/proxy_protocol.hpp"
#include "support/proxy_headers.hpp"

#include <gtest/gtest.h>

namespace simplon::net {

namespace {

using test::big_endian;
using test::inet6_block;
using test::inet_block;
using test::unix_block;

constexpr auto tlv = test::proxy_tlv;

ProxyAddresses between(const std::string& source, const std::string& destination) {
  return {.source = *Endpoint::from_ip(source, 1000), .destination = *Endpoint::from_ip(destination, 443)};
}

std::string text_of(const std::vector<std::byte>& bytes) { return std::string(as_text(bytes)); }

// A version 2 header, up to its checksum, which stands last.
std::string v2_without_checksum(const std::optional<ProxyAddresses>& addresses, const ProxyDetails& details = {}) {
  std::string header = text_of(build_proxy_v2(addresses, details).value());
  EXPECT_EQ(header.substr(header.size() - 7, 3), std::string("\x03\0\x04", 3));
  const std::size_t length = header.size() - 16;
  EXPECT_EQ(header.substr(14, 2), big_endian(length, 2));
  return header.substr(0, 14) + big_endian(length - 7, 2) + header.substr(16, length - 7);
}

// PROXY §2.1
TEST(ProxyV1, NamesBothEnds) {
  EXPECT_EQ(text_of(build_proxy_v1(between("192.0.2.1", "198.51.100.7"))),
            "PROXY TCP4 192.0.2.1 198.51.100.7 1000 443\r\n");
  EXPECT_EQ(text_of(build_proxy_v1(between("2001:db8::1", "2001:db8::2"))),
            "PROXY TCP6 2001:db8::1 2001:db8::2 1000 443\r\n");
}

// What a dual-stack listener sees of an IPv4 client.
TEST(ProxyV1, NamesMappedAddressesAsIpv4) {
  EXPECT_EQ(text_of(build_proxy_v1(between("::ffff:192.0.2.1", "::ffff:198.51.100.7"))),
            "PROXY TCP4 192.0.2.1 198.51.100.7 1000 443\r\n");
}

TEST(ProxyV1, NamesBothEndsInOneFamily) {
  const std::string header = text_of(build_proxy_v1(between("192.0.2.1", "2001:db8::2")));
  EXPECT_EQ(header, "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1000 443\r\n");
  EXPECT_TRUE(read_proxy_header(as_bytes(header)));
}

TEST(ProxyV1, SaysThatItKnowsNoIpAddresses) {
  EXPECT_EQ(text_of(build_proxy_v1(std::nullopt)), "PROXY UNKNOWN\r\n");
  const ProxyAddresses local{.source = *Endpoint::from_path("/a"), .destination = *Endpoint::from_path("/b")};
  EXPECT_EQ(text_of(build_proxy_v1(local)), "PROXY UNKNOWN\r\n");
}

// PROXY §2.2
TEST(ProxyV2, NamesBothEnds) {
  EXPECT_EQ(v2_without_checksum(between("192.0.2.1", "198.51.100.7")), test::proxy_v2(0x21, 0x11, inet_block()));
  EXPECT_EQ(v2_without_checksum(between("::ffff:192.0.2.1", "::ffff:198.51.100.7")),
            test::proxy_v2(0x21, 0x11, inet_block()));
  EXPECT_EQ(v2_without_checksum(between("2001:db8::1", "2001:db8::2")), test::proxy_v2(0x21, 0x21, inet6_block()));
  const ProxyAddresses local{.source = *Endpoint::from_path("/run/a"), .destination = *Endpoint::from_path("/run/b")};
  EXPECT_EQ(v2_without_checksum(local), test::proxy_v2(0x21, 0x31, unix_block()));
  EXPECT_EQ(v2_without_checksum(std::nullopt), test::proxy_v2(0x21, 0x00, ""));
}

TEST(ProxyV2, TellsTheDetails) {
  const ProxyDetails details{.alpn = as_bytes("h2"),
                             .authority = "app.example.com",
                             .ssl = ProxySsl{.client = ProxySsl::over_tls | ProxySsl::certificate_now,
                                             .verify = 0x01020304,
                                             .version = "TLSv1.3",
                                             .cipher = "TLS_AES_256_GCM_SHA384",
                                             .common_name = "client"}};
  EXPECT_EQ(v2_without_checksum(between("192.0.2.1", "198.51.100.7"), details),
            test::proxy_v2(0x21, 0x11,
                           inet_block() + tlv(0x01, "h2") + tlv(0x02, "app.example.com") +
                               tlv(0x20, "\x03\x01\x02\x03\x04" + tlv(0x21, "TLSv1.3") +
                                             tlv(0x23, "TLS_AES_256_GCM_SHA384") + tlv(0x22, "client"))));
}

// PROXY §2.2.3. The reader's checksum is held against HAProxy's in its own test.
TEST(ProxyV2, HasAChecksumThatHolds) {
  const auto built =
      build_proxy_v2(between("192.0.2.1", "198.51.100.7"), {.alpn = as_bytes("h2"), .authority = {}, .ssl = {}});
  ASSERT_TRUE(built);
  std::string header = text_of(*built);
  const auto progress = read_proxy_header(as_bytes(header));
  ASSERT_TRUE(progress && std::holds_alternative<ProxyHeader>(*progress));
  EXPECT_EQ(std::get<ProxyHeader>(*progress).size, header.size());
  header[20] = static_cast<char>(header[20] ^ 1);
  EXPECT_EQ(read_proxy_header(as_bytes(header)).error(), ProxyError::checksum_mismatch);
}

TEST(ProxyV2, IsNeverLongerThanWhatIsRead) {
  const auto addresses = between("192.0.2.1", "198.51.100.7");
  const std::string most(proxy_header_bytes - 16 - 12 - 7 - 3, 'x');
  const auto longest = build_proxy_v2(addresses, {.alpn = {}, .authority = most, .ssl = {}});
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->size(), proxy_header_bytes);
  for (const std::size_t size : {most.size() + 1, std::size_t{65535}, std::size_t{65536}, std::size_t{200000}}) {
    const std::string more(size, 'x');
    const auto built = build_proxy_v2(addresses, {.alpn = {}, .authority = more, .ssl = {}});
    ASSERT_FALSE(built) << size;
    EXPECT_EQ(built.error(), ProxyError::too_long);
  }
}

}  // namespace

}  // namespace simplon::net
