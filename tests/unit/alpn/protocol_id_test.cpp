#include "simplon/alpn/protocol_id.hpp"

#include <string>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_literals;

TEST(ProtocolIdView, HoldsOneTo255Bytes) {  // RFC 7301 §3.1: ProtocolName<1..2^8-1>
  EXPECT_EQ(ProtocolIdView::from("").error(), WireError::empty_name);
  EXPECT_EQ(ProtocolIdView::from("x").value().size(), 1u);
  const std::string longest(255, 'x');
  EXPECT_EQ(ProtocolIdView::from(longest).value().bytes(), longest);
  EXPECT_EQ(ProtocolIdView::from(std::string(256, 'x')).error(), WireError::name_too_long);
}

TEST(ProtocolIdView, ComparesByteByByte) {  // RFC 7301 §6: "opaque", so no case is folded
  EXPECT_NE(ProtocolIdView::from("H2").value(), protocol::h2);
  EXPECT_NE(ProtocolIdView::from("h2\0"s).value(), protocol::h2);
  EXPECT_EQ(ProtocolIdView::from("h2"s).value(), protocol::h2);
  EXPECT_LT(protocol::h2, protocol::h2c);
}

TEST(ProtocolId, OwnsItsBytes) {
  std::string bytes = "acme-tls/1";
  const ProtocolId id = ProtocolId::from(bytes).value();
  bytes.assign(bytes.size(), '?');
  EXPECT_EQ(id.view(), protocol::acme_tls_1);
  EXPECT_EQ(ProtocolId::from("").error(), WireError::empty_name);
  EXPECT_EQ(ProtocolId::from(std::string(256, 'x')).error(), WireError::name_too_long);
}

TEST(Grease, IsTwoEqualBytesThatEndInA) {  // RFC 8701 §2
  for (unsigned n = 0; n < 16; ++n) {
    const auto byte = static_cast<char>(n << 4 | 0x0a);
    const std::string name{byte, byte};
    EXPECT_TRUE(is_grease(ProtocolIdView::from(name).value())) << n;
    EXPECT_TRUE(is_grease(static_cast<std::uint16_t>((n << 4 | 0x0a) * 0x101))) << n;
  }
  for (const std::string& name : {"\x0a"s, "\x0a\x1a"s, "\x0a\x0a\x0a"s, "\x0b\x0b"s, "h2"s}) {
    EXPECT_FALSE(is_grease(ProtocolIdView::from(name).value())) << to_text(ProtocolIdView::from(name).value());
  }
  int found = 0;
  for (unsigned value = 0; value <= 0xffff; ++value)
    found += is_grease(static_cast<std::uint16_t>(value)) ? 1 : 0;
  EXPECT_EQ(found, 16);
}

TEST(TextForm, LeavesPlainCharactersAndEscapesAllOthers) {
  const std::string plain = "!#$&'()*+-./09:;<=>?@AZ[]^_`az{|}~";
  EXPECT_EQ(to_text(ProtocolIdView::from(plain).value()), plain);
  EXPECT_EQ(to_text(protocol::http_1_1), "http/1.1");
  EXPECT_EQ(to_text(ProtocolIdView::from("%,\"\\"s).value()), "%25%2C%22%5C");
  EXPECT_EQ(to_text(ProtocolIdView::from("a\0 \x7f\xff"s).value()), "a%00%20%7F%FF");
}

TEST(TextForm, IsUndoneByParsingForEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string name{static_cast<char>(byte), 'x'};
    const auto back = parse_text(to_text(ProtocolIdView::from(name).value()));
    ASSERT_TRUE(back) << byte;
    EXPECT_EQ(back->view().bytes(), name);
  }
}

TEST(TextForm, IsReadInEitherCaseAndWhereNotNeeded) {
  EXPECT_EQ(parse_text("%fF%68%32").value().view().bytes(), "\xffh2");
}

TEST(TextForm, RefusesWhatIsNone) {
  for (const char* text : {"a,b", "a b", "a\"b", "a\\b", "%", "%2", "%2g", "%g2", "% 2", "\x7f", "\xc3\xa4", "\t"}) {
    ASSERT_FALSE(parse_text(text)) << text;
    EXPECT_EQ(parse_text(text).error(), WireError::bad_escape) << text;
  }
  EXPECT_EQ(parse_text("").error(), WireError::empty_name);
  EXPECT_EQ(parse_text(std::string(256, 'x')).error(), WireError::name_too_long);
}

TEST(TextForm, MeasuresTheNameAndNotItsText) {
  std::string text;
  for (int i = 0; i < 255; ++i)
    text += "%00";
  EXPECT_EQ(parse_text(text).value().view().size(), 255u);
  EXPECT_EQ(parse_text(text + "%00").error(), WireError::name_too_long);
}

}  // namespace
}  // namespace simplon
