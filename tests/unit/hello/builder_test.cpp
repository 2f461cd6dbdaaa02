#include "simplon/hello/builder.hpp"

#include "unit/hello/samples.hpp"

#include <ranges>
#include <string>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

std::vector<std::uint16_t> types_of(const ClientHelloBuilder& builder) {
  const auto message = builder.build().value();
  const auto hello = parse_client_hello(message).value();
  std::vector<std::uint16_t> types;
  for (const ExtensionView extension : hello.extensions)
    types.push_back(extension.type);
  return types;
}

TEST(Builder, MakesAModernHello) {
  const std::vector<std::byte> key(1216);
  const KeyShareView shares[] = {{4588, key}, {29, Bytes(key).first(32)}};
  auto builder = ClientHelloBuilder::modern(shares);
  const auto message = builder.server_name("a.example").alpn(test::list_of({"h2"}).view()).build().value();
  const auto hello = parse_client_hello(message).value();
  EXPECT_EQ(highest_version(hello), 0x0304);
  EXPECT_TRUE(offers_h2_suite(hello));
  EXPECT_EQ(as_text(hello.server_name.value()), "a.example");
  EXPECT_EQ(to_text(hello.alpn.value()), "h2");
  const auto groups = hello.supported_groups.value();
  EXPECT_EQ(std::vector(groups.begin(), groups.end()), (std::vector<std::uint16_t>{4588, 29, 23}));
  EXPECT_EQ((*hello.key_share.value().begin()).key.size(), 1216u);
}

TEST(Builder, KeepsTheOrderInWhichExtensionsWereFirstSet) {
  ClientHelloBuilder builder;
  builder.extension(7, {}).server_name("x").extension(3, {}).extension(7, as_bytes("new"));
  EXPECT_EQ(types_of(builder), (std::vector<std::uint16_t>{7, 0, 3}));
  const auto message = builder.build().value();
  EXPECT_EQ(as_text((*parse_client_hello(message).value().extensions.begin()).body), "new");
  EXPECT_EQ(types_of(builder.without_extension(0)), (std::vector<std::uint16_t>{7, 3}));
}

TEST(Builder, CanRepeatAnExtension) {
  ClientHelloBuilder builder;
  const auto message = builder.extension(7, {}).repeat_extension(7, {}).build().value();
  EXPECT_EQ(parse_client_hello(message).error(), WireError::duplicate_extension);
}

TEST(Builder, GreasesLikeABrowser) {  // RFC 8701 §3
  for (int seed = 0; seed < 256; ++seed) {
    auto builder = test::chrome_hello();
    const auto message = builder.grease(static_cast<std::uint8_t>(seed)).build().value();
    const auto hello = parse_client_hello(message);
    ASSERT_TRUE(hello) << seed;
    EXPECT_TRUE(is_grease(hello->cipher_suites[0]));
    EXPECT_TRUE(is_grease(hello->supported_versions.value()[0]));
    EXPECT_TRUE(is_grease(hello->supported_groups.value()[0]));
    EXPECT_EQ((*hello->key_share->begin()).group, hello->supported_groups.value()[0]);
    EXPECT_TRUE(is_grease((*hello->extensions.begin()).type));
    const auto greased = [](ExtensionView e) { return is_grease(e.type); };
    EXPECT_EQ(std::ranges::count_if(hello->extensions, greased), 2);
  }
}

TEST(Builder, PadsToASize) {  // RFC 7685
  const std::size_t bare = ClientHelloBuilder().build().value().size();
  for (std::size_t size = bare; size < bare + 600; ++size) {
    const auto message = ClientHelloBuilder().pad_to(size).build().value();
    const std::size_t least = size == bare ? bare : std::max(size, bare + 4);
    EXPECT_EQ(message.size(), least);
    EXPECT_EQ(parse_client_hello(message).value().padding.has_value(), size > bare);
  }
  EXPECT_EQ(ClientHelloBuilder().pad_to(10).build().value().size(), bare);
}

TEST(Builder, LeavesPreSharedKeyLast) {  // RFC 8446 §4.2.11
  ClientHelloBuilder builder;
  builder.extension(5, {}).extension(extension_type::pre_shared_key, {}).pad_to(500).grease();
  const auto types = types_of(builder);
  EXPECT_EQ(types.back(), extension_type::pre_shared_key);
  EXPECT_EQ(types[types.size() - 2], extension_type::padding);
}

TEST(Builder, RefusesWhatItsLengthsCannotSay) {
  const std::vector<std::byte> large(65536);
  const std::vector<std::uint16_t> values(128, 0x0304);
  const std::vector<std::uint16_t> suites(32768, 0x1301);
  const KeyShareView share{29, large};
  const auto error_of = [](const ClientHelloBuilder& builder) { return builder.build().error(); };
  EXPECT_EQ(error_of(ClientHelloBuilder().session_id(large)), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().cipher_suites(suites)), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().compression_methods(large)), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().extension(7, large)), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().supported_versions(values)), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().key_shares({&share, 1})), WireError::too_large_to_encode);
  EXPECT_EQ(error_of(ClientHelloBuilder().server_name(as_text(large))), WireError::too_large_to_encode);
  const Bytes half = Bytes(large).first(40000);
  EXPECT_EQ(error_of(ClientHelloBuilder().extension(7, half).extension(8, half)), WireError::too_large_to_encode);
}

TEST(ToRecords, CutsIntoFragments) {  // RFC 8446 §5.1
  EXPECT_EQ(as_text(to_records(as_bytes("abcde"), 2)),
            "\x16\x03\x01\x00\x02"
            "ab\x16\x03\x01\x00\x02"
            "cd\x16\x03\x01\x00\x01"
            "e"sv);
  EXPECT_EQ(to_records(as_bytes("ab"), 0).size(), 12u) << "at least a byte";
  const std::vector<std::byte> large(16385);
  EXPECT_EQ(to_records(large, 100000).size(), large.size() + 10) << "at most 16,384";
  EXPECT_TRUE(to_records({}).empty());
}

}  // namespace
}  // namespace simplon
