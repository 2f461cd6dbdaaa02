// Hellos that real clients sent (tests/data/hello/README.md), each with what the client had been asked to say. The
// fingerprints were computed by an implementation of JA4 that shares nothing with ours.
#include "simplon/hello/ja4.hpp"
#include "simplon/hello/reader.hpp"
#include "unit/hello/samples.hpp"

#include <optional>
#include <ranges>
#include <string>

#include <gtest/gtest.h>
#include <openssl/sha.h>

namespace simplon {
namespace {

struct Row {
  const char* file;
  std::size_t message_bytes;
  std::size_t extensions;
  std::optional<std::string_view> server_name;
  std::optional<std::string_view> alpn;
  std::uint16_t version;
  std::optional<std::size_t> padding;
  std::vector<std::pair<std::uint16_t, std::size_t>> key_shares;
  bool encrypted_client_hello;
  std::string_view ja4;
};

const Row rows[] = {
    {"chromium",
     2015,
     19,
     "chromium.example",
     "h2,http/1.1",
     0x0304,
     {},
     {{23130, 1}, {4588, 1216}, {29, 32}},
     true,
     "t13d1517h2_8daaf6152771_cb7bf5808d99"},
    {"chromium_tls12",
     396,
     14,
     "chromium.example",
     "h2,http/1.1",
     0x0303,
     {},
     {},
     false,
     "t12d1212h2_d34a8e72043a_0d32fd8a6501"},
    {"curl",
     512,
     12,
     "curl.example",
     "h2,http/1.1",
     0x0304,
     177,
     {{29, 32}},
     false,
     "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"},
    {"curl_http1",
     512,
     12,
     "curl.example",
     "http/1.1",
     0x0304,
     180,
     {{29, 32}},
     false,
     "t13d3112h1_e8f1e7e78f70_b26ce05bbdd6"},
    {"firefox",
     1887,
     17,
     "localhost",
     "h2,http/1.1",
     0x0304,
     {},
     {{4588, 1216}, {29, 32}, {23, 65}},
     true,
     "t13d1617h2_86a278354501_3cbfd9057e0d"},
    {"gnutls",
     409,
     14,
     "gnutls.example",
     "h2,http/1.1",
     0x0304,
     {},
     {{23, 65}, {29, 32}},
     false,
     "t13d2914h2_723694b0fccc_2cc26d266019"},
    {"go", 271, 10, "go.example", "h2,http/1.1", 0x0304, {}, {{29, 32}}, false, "t13d1910h2_9dc949149365_97f8aa674fd9"},
    {"node",
     383,
     11,
     "node.example",
     "h2,http/1.1",
     0x0304,
     {},
     {{29, 32}},
     false,
     "t13d5911h2_a33745022dd6_1f22a2ca17c4"},
    {"openssl",
     334,
     11,
     "openssl.example",
     "h2,http/1.1",
     0x0304,
     {},
     {{29, 32}},
     false,
     "t13d3111h2_e8f1e7e78f70_1f22a2ca17c4"},
    {"openssl_no_alpn", 292, 9, {}, {}, 0x0304, {}, {{29, 32}}, false, "t13i310900_e8f1e7e78f70_1f22a2ca17c4"},
    {"openssl_tls12",
     222,
     8,
     "openssl.example",
     "http/1.1",
     0x0303,
     {},
     {},
     false,
     "t12d2808h1_d943125447b4_e7e480e5a997"},
    {"python",
     512,
     12,
     "python.example",
     "h2,http/1.1",
     0x0304,
     175,
     {{29, 32}},
     false,
     "t13d3112h2_e8f1e7e78f70_d41ae481755e"},
};

std::optional<std::string> text_of(const std::optional<ProtocolListView>& list) {
  if (!list) return std::nullopt;
  return to_text(*list);
}

std::optional<std::string_view> text_of(const std::optional<Bytes>& bytes) {
  if (!bytes) return std::nullopt;
  return as_text(*bytes);
}

TEST(RealClients, AreReadAsTheyMeantIt) {
  for (const Row& row : rows) {
    auto stream = test::real_hello(row.file);
    const auto outcome = read_client_hello(stream, {});
    ASSERT_TRUE(std::holds_alternative<ClientHelloView>(outcome)) << row.file;
    const auto& hello = std::get<ClientHelloView>(outcome);
    EXPECT_EQ(hello.message.size(), row.message_bytes) << row.file;
    EXPECT_EQ(std::ranges::distance(hello.extensions), static_cast<std::ptrdiff_t>(row.extensions)) << row.file;
    EXPECT_EQ(text_of(hello.server_name), row.server_name) << row.file;
    EXPECT_EQ(text_of(hello.alpn), row.alpn) << row.file;
    EXPECT_EQ(highest_version(hello), row.version) << row.file;
    EXPECT_TRUE(offers_h2_suite(hello)) << row.file;
    EXPECT_EQ(hello.padding, row.padding) << row.file;
    EXPECT_EQ(hello.encrypted_client_hello.has_value(), row.encrypted_client_hello) << row.file;
    std::vector<std::pair<std::uint16_t, std::size_t>> shares;
    for (const KeyShareView share : hello.key_share.value_or(KeyShareList())) {
      shares.emplace_back(share.group, share.key.size());
    }
    EXPECT_EQ(shares, row.key_shares) << row.file;
  }
}

TEST(RealClients, HaveTheirFingerprints) {
  const Sha256Function sha256 = [](Bytes input, std::span<std::byte, 32> digest) {
    SHA256(reinterpret_cast<const unsigned char*>(input.data()), input.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
  };
  for (const Row& row : rows) {
    auto stream = test::real_hello(row.file);
    const auto outcome = read_client_hello(stream, {});
    std::array<char, ja4_size> buffer;
    EXPECT_EQ(write_ja4(std::get<ClientHelloView>(outcome), sha256, buffer).value(), row.ja4) << row.file;
  }
}

TEST(RealClients, AreReadWhateverTheCut) {
  for (const Row& row : rows) {
    auto stream = test::real_hello(row.file);
    const auto whole = read_client_hello(stream, {});
    const Bytes message = std::get<ClientHelloView>(whole).message;
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      HelloReader reader;
      ASSERT_TRUE(std::holds_alternative<NeedMore>(reader.feed(Bytes(stream).first(cut)))) << row.file << " " << cut;
      const auto outcome = reader.feed(Bytes(stream).subspan(cut));
      ASSERT_TRUE(std::holds_alternative<ClientHelloView>(outcome)) << row.file << " " << cut;
      EXPECT_TRUE(std::ranges::equal(std::get<ClientHelloView>(outcome).message, message)) << row.file << " " << cut;
    }
  }
}

}  // namespace
}  // namespace simplon
