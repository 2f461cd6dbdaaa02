#include "simplon/alpn/registry.hpp"

#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace simplon {
namespace {

TEST(Registry, HoldsEveryRowOfTheTable) {
  std::ifstream csv(SIMPLON_SOURCE_DIR "/data/alpn-protocol-ids.csv");
  ASSERT_TRUE(csv);
  std::string line;
  std::getline(csv, line);
  ASSERT_EQ(line, "id,hex,description,reference");
  std::size_t index = 0;
  while (std::getline(csv, line)) {
    ASSERT_LT(index, registered_protocols().size()) << line;
    const RegisteredProtocol& row = registered_protocols()[index++];
    std::string hex;
    for (const char c : row.id.bytes()) {
      constexpr std::string_view digits = "0123456789abcdef";
      hex += {digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 0x0f]};
    }
    const std::string rest = "," + hex + "," + std::string(row.description) + "," + std::string(row.reference);
    EXPECT_TRUE(line.ends_with(rest)) << line << " is no " << rest;
  }
  EXPECT_EQ(index, registered_protocols().size());
  EXPECT_GT(index, 30u);
}

TEST(Registry, NamesEveryProtocolOnce) {
  std::set<std::string_view> seen;
  for (const RegisteredProtocol& row : registered_protocols())
    EXPECT_TRUE(seen.insert(row.id.bytes()).second);
}

TEST(Registry, FindsByExactBytes) {
  ASSERT_NE(find_registered(protocol::h2), nullptr);
  EXPECT_EQ(find_registered(protocol::h2)->id, protocol::h2);
  EXPECT_EQ(find_registered(protocol::acme_tls_1)->reference, "RFC 8737");
  EXPECT_EQ(find_registered(ProtocolIdView::literal("H2")), nullptr);
  EXPECT_EQ(find_registered(ProtocolIdView::literal("h")), nullptr);
}

TEST(Registry, HoldsNoGrease) {
  for (const RegisteredProtocol& row : registered_protocols()) {
    EXPECT_FALSE(is_grease(row.id)) << to_text(row.id);
  }
}

}  // namespace
}  // namespace simplon
