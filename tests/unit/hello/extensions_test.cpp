// The shapes of extension bodies, and that no type stands twice.
#include "unit/hello/samples.hpp"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

std::expected<ClientHelloView, WireError> parse_with(std::uint16_t type, std::string_view body) {
  static std::vector<std::byte> message;
  message = ClientHelloBuilder().extension(type, as_bytes(body)).build().value();
  return parse_client_hello(message);
}

struct Row {
  std::string_view rule;
  std::uint16_t type;
  std::string_view body;
  WireError error = WireError::malformed_extension;
};

constexpr Row malformed[] = {
    // RFC 6066 §3
    {"server_name: no list", 0, ""sv},
    {"server_name: an empty list", 0, "\x00\x00"sv},
    {"server_name: a list longer than the body", 0, "\x00\x05\x00\x00\x01x"sv},
    {"server_name: bytes behind the list", 0, "\x00\x04\x00\x00\x01x!"sv},
    {"server_name: bytes behind the name", 0, "\x00\x05\x00\x00\x01x!"sv},
    {"server_name: a name longer than the list", 0, "\x00\x04\x00\x00\x02x"sv},
    {"server_name: an empty name", 0, "\x00\x03\x00\x00\x00"sv},
    {"server_name: two host names", 0, "\x00\x08\x00\x00\x01x\x00\x00\x01x"sv},
    {"server_name: two names of another type", 0, "\x00\x0c\x07\x00\x01x\x00\x00\x01x\x07\x00\x01y"sv},
    // RFC 8446 §4.2.7, §4.2.3: <2..2^16-1>, <2..2^16-2>
    {"supported_groups: no list", 10, ""sv},
    {"supported_groups: an empty list", 10, "\x00\x00"sv},
    {"supported_groups: half a group", 10, "\x00\x03\x00\x1d\x00"sv},
    {"supported_groups: bytes behind the list", 10, "\x00\x02\x00\x1d\x00"sv},
    {"signature_algorithms: an empty list", 13, "\x00\x00"sv},
    {"signature_algorithms: half a scheme", 13, "\x00\x01\x04"sv},
    {"signature_algorithms: a list longer than the body", 13, "\x00\x04\x04\x03"sv},
    // RFC 8446 §4.2.1: <2..254>
    {"supported_versions: no list", 43, ""sv},
    {"supported_versions: an empty list", 43, "\x00"sv},
    {"supported_versions: half a version", 43, "\x03\x03\x04\x03"sv},
    {"supported_versions: bytes behind the list", 43, "\x02\x03\x04\x03"sv},
    // RFC 8446 §4.2.8: key_exchange<1..2^16-1>
    {"key_share: no list", 51, ""sv},
    {"key_share: an empty key", 51, "\x00\x04\x00\x1d\x00\x00"sv},
    {"key_share: half a group", 51, "\x00\x01\x00"sv},
    {"key_share: a key longer than the list", 51, "\x00\x05\x00\x1d\x00\x02x"sv},
    {"key_share: bytes behind the list", 51, "\x00\x05\x00\x1d\x00\x01xy"sv},
    // RFC 9849 §5
    {"encrypted_client_hello: no body", 0xfe0d, ""sv},
    {"encrypted_client_hello: an unknown kind", 0xfe0d, "\x02"sv},
    {"encrypted_client_hello: an inner one with a body", 0xfe0d, "\x01\x00"sv},
    {"encrypted_client_hello: no payload", 0xfe0d, "\x00\x00\x01\x00\x01\x07\x00\x00\x00\x00"sv},
    {"encrypted_client_hello: cut off", 0xfe0d, "\x00\x00\x01\x00\x01\x07\x00\x00\x00"sv},
    {"encrypted_client_hello: bytes behind", 0xfe0d, "\x00\x00\x01\x00\x01\x07\x00\x00\x00\x01xy"sv},
    // RFC 7301 §3.1: the list's own errors come through
    {"alpn: no body", 16, ""sv, WireError::list_length},
    {"alpn: an empty list", 16, "\x00\x00"sv, WireError::empty_list},
    {"alpn: lengths that differ", 16, "\x00\x04\x02h2"sv, WireError::list_length},
    {"alpn: an empty name", 16, "\x00\x01\x00"sv, WireError::empty_name},
    {"alpn: a name that is cut off", 16, "\x00\x02\x02h"sv, WireError::truncated_name},
    {"alpn: bytes behind the list", 16, "\x00\x03\x02h2\x00"sv, WireError::list_length},
};

TEST(ParseExtension, RefusesBodiesThatDoNotAddUp) {
  for (const Row& row : malformed) {
    const auto hello = parse_with(row.type, row.body);
    ASSERT_FALSE(hello) << row.rule;
    EXPECT_EQ(hello.error(), row.error) << row.rule;
    EXPECT_EQ(alert_of(hello.error()), Alert::decode_error) << row.rule;
  }
}

TEST(ParseExtension, ReadsTheServerName) {
  EXPECT_EQ(as_text(parse_with(0, "\x00\x04\x00\x00\x01x"sv).value().server_name.value()), "x");
}

TEST(ParseExtension, PassesOverServerNamesOfOtherTypes) {  // RFC 6066 §3: all begin with a two-byte length
  EXPECT_EQ(as_text(parse_with(0, "\x00\x0b\x07\x00\x00\x00\x00\x01x\x08\x00\x01y"sv).value().server_name.value()),
            "x");
  EXPECT_FALSE(parse_with(0, "\x00\x03\x07\x00\x00"sv).value().server_name);
}

TEST(ParseExtension, ReadsKeyShares) {
  const auto shares = parse_with(51, "\x00\x0b\x00\x1d\x00\x01x\x00\x17\x00\x02yz"sv).value().key_share.value();
  auto share = shares.begin();
  EXPECT_EQ((*share).group, 0x1d);
  EXPECT_EQ(as_text((*share).key), "x");
  ++share;
  EXPECT_EQ((*share).group, 0x17);
  EXPECT_EQ(as_text((*share).key), "yz");
  EXPECT_EQ(++share, shares.end());
}

TEST(ParseExtension, TakesNoKeyShareAtAll) {  // RFC 8446 §4.2.8: an empty vector asks for a HelloRetryRequest
  EXPECT_TRUE(parse_with(51, "\x00\x00"sv).value().key_share.value().empty());
}

TEST(ParseExtension, TakesBothKindsOfEncryptedClientHello) {  // RFC 9849 §5
  EXPECT_TRUE(parse_with(0xfe0d, "\x01"sv).value().encrypted_client_hello);
  EXPECT_TRUE(parse_with(0xfe0d, "\x00\x00\x01\x00\x01\x07\x00\x00\x00\x01x"sv).value().encrypted_client_hello);
}

TEST(ParseExtension, MeasuresPadding) {  // RFC 7685
  EXPECT_EQ(parse_with(21, ""sv).value().padding, 0u);
  EXPECT_EQ(parse_with(21, "\x00\x00\x00"sv).value().padding, 3u);
}

TEST(ParseExtension, LeavesOtherExtensionsAlone) {
  const auto hello = parse_with(0x1234, "\xff\xff\xff"sv).value();
  const auto extension = *hello.extensions.begin();
  EXPECT_EQ(extension.type, 0x1234);
  EXPECT_EQ(as_text(extension.body), "\xff\xff\xff"sv);
}

TEST(DuplicateExtension, IsRefusedForEveryTypeWhateverItsPlace) {  // RFC 8446 §4.2
  for (const std::uint16_t type : {std::uint16_t{5}, std::uint16_t{63}, std::uint16_t{64}, std::uint16_t{0xff01}}) {
    auto builder = test::chrome_hello();
    const auto message = builder.without_extension(type).extension(type, {}).repeat_extension(type, {}).build().value();
    EXPECT_EQ(parse_client_hello(message).error(), WireError::duplicate_extension) << type;
  }
}

/// A hello with `count` extensions of distinct types, none of them looked into.
ClientHelloBuilder with_many_extensions(std::uint16_t count) {
  ClientHelloBuilder builder;
  for (std::uint16_t i = 0; i < count; ++i)
    builder.repeat_extension(static_cast<std::uint16_t>(0x1000 + i), {});
  return builder;
}

TEST(DuplicateExtension, IsFoundAmongAnyNumber) {
  for (const std::uint16_t count : std::vector<std::uint16_t>{1, 15, 16, 17, 100, 16000}) {
    EXPECT_TRUE(parse_client_hello(with_many_extensions(count).build().value())) << count;
    for (const int duplicate : {0, count / 2, count - 1}) {
      auto builder = with_many_extensions(count);
      const auto message = builder.repeat_extension(static_cast<std::uint16_t>(0x1000 + duplicate), {}).build().value();
      EXPECT_EQ(parse_client_hello(message).error(), WireError::duplicate_extension) << count << " " << duplicate;
    }
  }
}

TEST(DuplicateExtension, IsFoundAmongLowTypesBehindManyOthers) {
  auto builder = with_many_extensions(40);
  const auto message = builder.repeat_extension(5, {}).repeat_extension(5, {}).build().value();
  EXPECT_EQ(parse_client_hello(message).error(), WireError::duplicate_extension);
}

TEST(DuplicateExtension, DoesNotHideACutOffExtension) {
  auto message = with_many_extensions(40).repeat_extension(0x7777, as_bytes("xy")).build().value();
  message[message.size() - 3] = std::byte{9};  // its length says 9 where two bytes are left
  EXPECT_EQ(parse_client_hello(message).error(), WireError::malformed_hello);
}

}  // namespace
}  // namespace simplon
