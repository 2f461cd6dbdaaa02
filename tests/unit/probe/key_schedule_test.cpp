// The key schedule and records of TLS 1.3, by the standard's own example and there and back.
#include "probe/key_exchange.hpp"
#include "probe/record_protection.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace simplon::probe {

namespace {

Secret from_hex(std::string_view text) {
  Secret bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

const Suite& aes_128() { return *find_suite(0x1301); }

// RFC 8448 §3: the server's handshake traffic secret, and the key and IV that come of it.
TEST(KeySchedule, ExpandsLikeTheExample) {
  const Secret secret = from_hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
  EXPECT_EQ(expand_label(aes_128(), secret, "key", {}, 16), from_hex("3fce516009c21727d0f2e4e86ee403bc"));
  EXPECT_EQ(expand_label(aes_128(), secret, "iv", {}, 12), from_hex("5d313eb2671276ee13000b30"));
}

TEST(KeySchedule, KnowsTheSuitesOfTls13) {
  for (const std::uint16_t number : std::array<std::uint16_t, 3>{0x1301, 0x1302, 0x1303})
    ASSERT_NE(find_suite(number), nullptr) << number;
  EXPECT_EQ(find_suite(0x1304), nullptr);
  EXPECT_EQ(find_suite(0xc02f), nullptr);
}

TEST(Records, OpenWhatWasSealed) {
  for (const std::uint16_t number : std::array<std::uint16_t, 3>{0x1301, 0x1302, 0x1303}) {
    const Suite& suite = *find_suite(number);
    const Secret secret(32, std::byte{7});
    RecordProtection sealing(suite, secret);
    RecordProtection opening(suite, secret);
    for (const std::string& text : {std::string("first"), std::string(16'384, 'x'), std::string("last\0\0", 6)}) {
      const std::vector<std::byte> record = sealing.seal(22, as_bytes(text));
      const auto opened = opening.open(Bytes(record).first(5), Bytes(record).subspan(5));
      ASSERT_TRUE(opened);
      EXPECT_EQ(opened->type, 22);
      EXPECT_EQ(as_text(opened->content), text);
    }
  }
}

TEST(Records, OpenNothingElse) {
  const Secret secret(32, std::byte{7});
  RecordProtection sealing(aes_128(), secret);
  std::vector<std::byte> record = sealing.seal(22, as_bytes("text"));
  const auto open = [&](const Secret& with, std::size_t header) {
    return RecordProtection(aes_128(), with).open(Bytes(record).first(header), Bytes(record).subspan(5));
  };
  EXPECT_TRUE(open(secret, 5));
  EXPECT_FALSE(open(Secret(32, std::byte{8}), 5));
  EXPECT_FALSE(open(secret, 4)) << "the header is protected too";
  record.back() ^= std::byte{1};
  EXPECT_FALSE(open(secret, 5));
  EXPECT_FALSE(RecordProtection(aes_128(), secret).open(Bytes(record).first(5), Bytes(record).subspan(5, 3)));
}

TEST(KeyExchange, AgreesWithItsPeer) {
  for (const std::uint16_t group : known_groups()) {
    const KeyExchange ours(group);
    const KeyExchange theirs(group);
    const auto secret = ours.agree(theirs.share());
    ASSERT_TRUE(secret) << group;
    EXPECT_EQ(secret, theirs.agree(ours.share()));
    EXPECT_FALSE(ours.agree(theirs.share().first(5))) << group;
  }
}

}  // namespace

}  // namespace simplon::probe
