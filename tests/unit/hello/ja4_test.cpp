// JA4 by FoxIO's technical_details/JA4.md, whose own examples are among the rows.
#include "simplon/hello/ja4.hpp"

#include "unit/hello/samples.hpp"

#include <string>

#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace simplon {
namespace {

using namespace std::string_literals;
using Values = std::vector<std::uint16_t>;

void sha256(Bytes input, std::span<std::byte, 32> digest) {
  SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
}

std::string raw_of(const ClientHelloBuilder& builder) {
  const auto message = builder.build().value();
  std::vector<char> buffer(ja4_raw_max_size);
  return std::string(write_ja4_raw(parse_client_hello(message).value(), buffer).value());
}

std::string ja4_of(const ClientHelloBuilder& builder) {
  const auto message = builder.build().value();
  std::array<char, ja4_size> buffer;
  return std::string(write_ja4(parse_client_hello(message).value(), sha256, buffer).value());
}

TEST(Ja4, IsThatOfTheSpecificationsExample) {
  EXPECT_EQ(ja4_of(test::chrome_hello()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(raw_of(test::chrome_hello()),
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
            "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
            "0403,0804,0401,0503,0805,0501,0806,0601");
}

TEST(Ja4, HashesExtensionsAloneWithoutSignatureAlgorithms) {  // the specification's 6d807ffa2a79
  auto builder = test::chrome_hello();
  // The list keeps 000d in the example, which no well formed hello can: so the text is hashed as it stands.
  std::array<std::byte, 32> digest;
  sha256(as_bytes("0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01"), digest);
  EXPECT_EQ(std::to_integer<int>(digest[0]), 0x6d);
  builder.without_extension(extension_type::signature_algorithms);
  const std::string raw = raw_of(builder);
  EXPECT_TRUE(raw.ends_with("_0005,000a,000b,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01")) << raw;
}

TEST(Ja4, IgnoresGreaseEverywhere) {
  auto plain = test::chrome_hello();
  for (const int seed : {0, 5, 11, 15}) {
    EXPECT_EQ(raw_of(test::chrome_hello().grease(static_cast<std::uint8_t>(seed))), raw_of(plain));
  }
  const Values schemes = {0x0403, 0x1a1a, 0x0804};
  EXPECT_TRUE(raw_of(plain.signature_algorithms(schemes)).ends_with("_0403,0804"));
}

TEST(Ja4, SaysTheHighestVersion) {
  const auto version = [](std::uint16_t legacy, std::optional<Values> versions) {
    ClientHelloBuilder builder;
    builder.legacy_version(legacy);
    if (versions) builder.supported_versions(*versions);
    return raw_of(builder).substr(1, 2);
  };
  EXPECT_EQ(version(0x0303, Values{0x0303, 0x0304, 0xfafa}), "13");
  EXPECT_EQ(version(0x0303, std::nullopt), "12");
  EXPECT_EQ(version(0x0302, std::nullopt), "11");
  EXPECT_EQ(version(0x0301, std::nullopt), "10");
  EXPECT_EQ(version(0x0300, std::nullopt), "s3");
  EXPECT_EQ(version(0x0002, std::nullopt), "s2");
  EXPECT_EQ(version(0x0303, Values{0x7f1c, 0x0303}), "00") << "an unknown one that is higher";
  EXPECT_EQ(version(0x0999, std::nullopt), "00");
}

TEST(Ja4, SaysWhetherThereIsAServerName) {
  EXPECT_EQ(raw_of(ClientHelloBuilder())[3], 'i');
  EXPECT_EQ(raw_of(ClientHelloBuilder().server_name("x"))[3], 'd');
}

TEST(Ja4, CountsServerNameAndAlpnButDoesNotListThem) {
  ClientHelloBuilder builder;
  builder.server_name("x").alpn(test::list_of({"h2"}).view()).extension(0x0017, {});
  const std::string raw = raw_of(builder);
  EXPECT_EQ(raw.substr(0, 10), "t12d0903h2");
  EXPECT_TRUE(raw.ends_with("_0017")) << raw;
}

TEST(Ja4, CountsNoFurtherThan99) {
  const Values suites(150, 0x1301);
  ClientHelloBuilder builder;
  builder.cipher_suites(suites);
  for (std::uint16_t type = 100; type < 250; ++type)
    builder.extension(type, {});
  EXPECT_EQ(raw_of(builder).substr(0, 10), "t12i999900");
}

TEST(Ja4, SaysTheEndsOfTheFirstProtocol) {
  const auto slot = [](const std::string& name) {
    return raw_of(ClientHelloBuilder().alpn(test::list_of({name, "other"}).view())).substr(8, 2);
  };
  EXPECT_EQ(slot("h2"), "h2");
  EXPECT_EQ(slot("http/1.1"), "h1");
  EXPECT_EQ(slot("x"), "xx") << "one character is both";
  // The specification's examples of the hexadecimal form:
  EXPECT_EQ(slot("\xab"), "ab");
  EXPECT_EQ(slot("\xab\xcd"), "ad");
  EXPECT_EQ(slot("\x30\xab"), "3b");
  EXPECT_EQ(slot("\x30\x31\xab\xcd"), "3d");
  EXPECT_EQ(slot("0\xab\xcd\x31"), "01") << "both ends are alphanumeric";
  EXPECT_EQ(slot("-a"), "21");
  EXPECT_EQ(slot("\0"s), "00");
  EXPECT_EQ(raw_of(ClientHelloBuilder()).substr(8, 2), "00") << "no extension";
}

TEST(Ja4, SaysZeroesForEmptyLists) {
  const Values only_grease = {0x1a1a};
  EXPECT_EQ(ja4_of(ClientHelloBuilder().cipher_suites(only_grease)), "t12i000000_000000000000_000000000000");
  EXPECT_EQ(raw_of(ClientHelloBuilder().cipher_suites(only_grease)), "t12i000000__");
}

TEST(Ja4, RefusesABufferThatIsTooSmall) {
  const auto message = test::chrome_hello().build().value();
  const auto hello = parse_client_hello(message).value();
  const std::size_t size = raw_of(test::chrome_hello()).size();
  for (std::size_t less = 0; less < size; ++less) {
    std::vector<char> buffer(less);
    EXPECT_EQ(write_ja4_raw(hello, buffer).error(), Ja4Error::buffer_too_small) << less;
  }
  for (std::size_t less = 0; less < ja4_size; ++less) {
    std::vector<char> buffer(less);
    EXPECT_EQ(write_ja4(hello, sha256, buffer).error(), Ja4Error::buffer_too_small) << less;
  }
  std::vector<char> exact(size);
  EXPECT_EQ(write_ja4_raw(hello, exact).value().size(), size);
}

TEST(Ja4, HasRoomForTheMostValuesAndRefusesMore) {
  const auto with = [](std::size_t suites, std::size_t extensions, std::size_t schemes) {
    ClientHelloBuilder builder;
    builder.cipher_suites(Values(suites, 0x1301)).signature_algorithms(Values(schemes, 0x0403));
    for (std::size_t i = 1; i < extensions; ++i)
      builder.extension(static_cast<std::uint16_t>(0x1000 + i), {});
    return builder.build().value();
  };
  std::vector<char> buffer(ja4_raw_max_size);
  const auto error_of = [&](const std::vector<std::byte>& message) {
    return write_ja4_raw(parse_client_hello(message).value(), buffer).error();
  };
  const auto most = with(ja4_max_values, ja4_max_values, ja4_max_values);
  EXPECT_EQ(write_ja4_raw(parse_client_hello(most).value(), buffer).value().size(), ja4_raw_max_size);
  EXPECT_TRUE(write_ja4(parse_client_hello(most).value(), sha256, buffer));
  EXPECT_EQ(error_of(with(ja4_max_values + 1, 2, 1)), Ja4Error::too_many_values);
  EXPECT_EQ(error_of(with(1, ja4_max_values + 1, 1)), Ja4Error::too_many_values);
  EXPECT_EQ(error_of(with(1, 2, ja4_max_values + 1)), Ja4Error::too_many_values);
  EXPECT_EQ(error_of(with(32000, 2, 1)), Ja4Error::too_many_values);
}

}  // namespace
}  // namespace simplon
