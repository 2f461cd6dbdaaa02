#include "simplon/hello/client_hello.hpp"

#include "unit/hello/samples.hpp"

#include <array>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(std::ranges::random_access_range<U16List>);
static_assert(std::ranges::forward_range<ExtensionList>);
static_assert(std::ranges::forward_range<KeyShareList>);

using Values = std::vector<std::uint16_t>;
Values values_of(const U16List& list) { return {list.begin(), list.end()}; }

TEST(U16List, IsARandomAccessRange) {
  const U16List list = U16List::from(as_bytes("\x13\x01\x13\x02\xc0\x2b"sv)).value();
  EXPECT_EQ(values_of(list), (Values{0x1301, 0x1302, 0xc02b}));
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list[2], 0xc02b);
  EXPECT_EQ(*(list.end() - 1), 0xc02b);
  EXPECT_EQ(list.end() - list.begin(), 3);
  EXPECT_TRUE(list.contains(0x1302));
  EXPECT_FALSE(list.contains(0x0113)) << "a value that straddles two";
}

TEST(U16List, EndsWithAWholeValue) {
  EXPECT_FALSE(U16List::from(as_bytes("\x13"sv)));
  EXPECT_TRUE(U16List::from({}).value().empty());
}

TEST(ParseClientHello, ReadsEveryField) {
  const auto message = test::chrome_hello().build().value();
  const auto hello = parse_client_hello(message).value();
  EXPECT_EQ(hello.message.data(), message.data());
  EXPECT_EQ(hello.message.size(), 512u);
  EXPECT_EQ(hello.legacy_version, 0x0303);
  EXPECT_EQ(hello.random.size(), 32u);
  EXPECT_EQ(hello.random[0], std::byte{0x5a});
  EXPECT_EQ(hello.session_id.size(), 32u);
  EXPECT_EQ(hello.cipher_suites.size(), 16u);
  EXPECT_EQ(hello.cipher_suites[0], 0x3a3a);
  EXPECT_EQ(hello.cipher_suites[15], 0x0035);
  EXPECT_EQ(as_text(hello.compression_methods), "\x00"sv);
  EXPECT_EQ(std::ranges::distance(hello.extensions), 18);
  EXPECT_EQ(as_text(hello.server_name.value()), "www.example.com");
  EXPECT_EQ(to_text(hello.alpn.value()), "h2,http/1.1");
  EXPECT_EQ(values_of(hello.supported_versions.value()), (Values{0x4a4a, 0x0304, 0x0303}));
  EXPECT_EQ(values_of(hello.supported_groups.value()), (Values{0x5a5a, 0x001d, 0x0017, 0x0018}));
  EXPECT_EQ(hello.signature_algorithms.value().size(), 8u);
  EXPECT_EQ(std::ranges::distance(hello.key_share.value()), 2);
  EXPECT_FALSE(hello.encrypted_client_hello);
  EXPECT_GT(hello.padding.value(), 0u);
}

TEST(ParseClientHello, KeepsTheOrderOfExtensions) {
  const auto message = ClientHelloBuilder().extension(7, {}).extension(3, {}).extension(5, {}).build().value();
  const auto hello = parse_client_hello(message).value();
  Values types;
  for (const ExtensionView extension : hello.extensions)
    types.push_back(extension.type);
  EXPECT_EQ(types, (Values{7, 3, 5}));
}

TEST(ParseClientHello, TakesAHelloWithoutABlockOfExtensions) {  // RFC 5246 §7.4.1.2
  const auto message = ClientHelloBuilder().legacy_version(0x0301).without_extension_block().build().value();
  const auto hello = parse_client_hello(message).value();
  EXPECT_TRUE(hello.extensions.empty());
  EXPECT_FALSE(hello.alpn);
  EXPECT_FALSE(hello.server_name);
}

TEST(ParseClientHello, TakesAnEmptyBlockOfExtensions) {
  const auto message = ClientHelloBuilder().build().value();
  EXPECT_TRUE(parse_client_hello(message).value().extensions.empty());
}

TEST(ParseClientHello, RefusesEveryTruncation) {
  const auto message = test::chrome_hello().build().value();
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(parse_client_hello(Bytes(message).first(size)).error(), WireError::malformed_hello) << size;
    // Also with a header that fits, so that every inner length is the one to notice.
    if (size < 4) continue;
    std::vector<std::byte> cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    cut[2] = static_cast<std::byte>((size - 4) >> 8);
    cut[3] = static_cast<std::byte>(size - 4);
    const bool ends_before_extensions = size == 4 + 2 + 32 + 33 + 2 + 32 + 2;
    EXPECT_EQ(parse_client_hello(cut).has_value(), ends_before_extensions) << size;
  }
}

TEST(ParseClientHello, RefusesTrailingBytes) {
  auto message = test::chrome_hello().build().value();
  message.push_back(std::byte{0});
  EXPECT_EQ(parse_client_hello(message).error(), WireError::malformed_hello) << "behind the message";
  message[3] = static_cast<std::byte>(std::to_integer<int>(message[3]) + 1);
  EXPECT_EQ(parse_client_hello(message).error(), WireError::malformed_hello) << "behind the extensions";
}

TEST(ParseClientHello, RefusesOtherMessages) {  // RFC 8446 §4
  auto message = test::chrome_hello().build().value();
  for (const int type : {0, 2, 11, 255}) {
    message[0] = static_cast<std::byte>(type);
    EXPECT_EQ(parse_client_hello(message).error(), WireError::not_client_hello) << type;
  }
}

TEST(ParseClientHello, RefusesVectorsOutsideTheirBounds) {  // RFC 8446 §4.1.2
  const std::vector<std::byte> long_id(33);
  EXPECT_EQ(parse_client_hello(ClientHelloBuilder().session_id(long_id).build().value()).error(),
            WireError::malformed_hello);
  EXPECT_EQ(parse_client_hello(ClientHelloBuilder().cipher_suites({}).build().value()).error(),
            WireError::malformed_hello);
  EXPECT_EQ(parse_client_hello(ClientHelloBuilder().compression_methods({}).build().value()).error(),
            WireError::malformed_hello);
}

TEST(ParseClientHello, RefusesHalfACipherSuite) {
  const std::string message = "\x01\x00\x00\x00\x03\x03"s + std::string(32, 'r') + "\x00\x00\x03\x13\x01\x13\x01\x00"s;
  std::string sized = message;
  sized[3] = static_cast<char>(sized.size() - 4);
  EXPECT_EQ(parse_client_hello(as_bytes(sized)).error(), WireError::malformed_hello);
}

TEST(ParseClientHello, ReadsAListOf20000Names) {
  std::string names;
  for (int i = 0; i < 20000; ++i)
    names += std::string("\x02") + static_cast<char>('a' + i % 26) + "x";
  const auto list = ProtocolListView::parse_names(as_bytes(names)).value();
  const auto message = ClientHelloBuilder().alpn(list).build().value();
  EXPECT_EQ(std::ranges::distance(parse_client_hello(message).value().alpn.value()), 20000);
}

std::optional<std::uint16_t> highest(std::uint16_t legacy, std::optional<Values> versions) {
  ClientHelloBuilder builder;
  builder.legacy_version(legacy);
  if (versions) builder.supported_versions(*versions);
  const auto message = builder.build().value();
  return highest_version(parse_client_hello(message).value());
}

TEST(HighestVersion, IsThatOfSupportedVersions) {  // RFC 8446 §4.2.1
  EXPECT_EQ(highest(0x0303, Values{0x0303, 0x0304, 0x0302}), 0x0304);
  EXPECT_EQ(highest(0x0303, Values{0x0302, 0x0301}), 0x0302) << "legacy_version does not count beside it";
}

TEST(HighestVersion, LeavesOutGreaseAndWhatIsUnknown) {
  EXPECT_EQ(highest(0x0303, Values{0xfafa, 0x0303, 0x0305, 0x7f1c, 0x0300}), 0x0303);
  EXPECT_EQ(highest(0x0303, Values{0xfafa}), std::nullopt);
}

TEST(HighestVersion, IsAtMostTls12WithoutSupportedVersions) {  // RFC 8446 §4.2.1
  EXPECT_EQ(highest(0x0304, std::nullopt), 0x0303);
  EXPECT_EQ(highest(0xffff, std::nullopt), 0x0303);
  EXPECT_EQ(highest(0x0302, std::nullopt), 0x0302);
  EXPECT_EQ(highest(0x0301, std::nullopt), 0x0301);
  EXPECT_EQ(highest(0x0300, std::nullopt), std::nullopt) << "SSL 3.0 is no TLS";
}

bool offers(Values suites) {
  const auto message = ClientHelloBuilder().cipher_suites(suites).build().value();
  return offers_h2_suite(parse_client_hello(message).value());
}

TEST(OffersH2Suite, NeedsAnEphemeralAeadSuiteOfTls12) {  // RFC 9113 §9.2.2, Appendix A
  for (const std::uint16_t suite : Values{0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xccaa, 0x009e, 0x009f}) {
    EXPECT_TRUE(offers({0x002f, suite})) << std::hex << suite;
  }
  EXPECT_FALSE(offers({0x009c, 0x009d})) << "RSA key exchange";
  EXPECT_FALSE(offers({0xc013, 0xc014, 0xc023, 0xc027})) << "CBC";
  EXPECT_FALSE(offers({0x1301, 0x1302, 0x1303})) << "suites of TLS 1.3 say nothing of TLS 1.2";
  EXPECT_FALSE(offers({0x00ff, 0x5600, 0xfafa})) << "signalling and GREASE";
}

}  // namespace
}  // namespace simplon
