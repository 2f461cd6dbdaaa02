#include "simplon/alpn/bytes.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

TEST(ByteReader, ReadsBigEndianIntegers) {  // RFC 8446 §3.3
  ByteReader reader(as_bytes("\x01\x02\x03\x04\x05\x06"sv));
  EXPECT_EQ(reader.read_u8(), 0x01);
  EXPECT_EQ(reader.read_u16(), 0x0203);
  EXPECT_EQ(reader.read_u24(), 0x040506u);
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReader, ReadsVectors) {  // RFC 8446 §3.4
  ByteReader reader(as_bytes("\x02hi\x00\x01!\x00"sv));
  EXPECT_EQ(as_text(reader.read_vector_u8().value()), "hi");
  EXPECT_EQ(as_text(reader.read_vector_u16().value()), "!");
  EXPECT_EQ(reader.read_vector_u8().value().size(), 0u);
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReader, DoesNotAdvanceWhenTooFewBytesAreLeft) {
  ByteReader reader(as_bytes("\x05xy"sv));
  EXPECT_FALSE(reader.read(4));
  EXPECT_FALSE(reader.read_vector_u8());
  EXPECT_FALSE(reader.read_vector_u16());
  EXPECT_EQ(reader.remaining(), 3u);
  EXPECT_EQ(reader.read_u24(), 0x057879u);
  EXPECT_FALSE(reader.read_u8());
  EXPECT_FALSE(reader.read_u16());
  EXPECT_FALSE(reader.read_u24());
}

TEST(ByteReader, KeepsAVectorInsideItsParent) {
  ByteReader parent(as_bytes("\x02\x02x-and-more"sv));
  ByteReader inner(parent.read_vector_u8().value());
  EXPECT_FALSE(inner.read_vector_u8()) << "a length that lies reached beyond the parent";
}

TEST(ByteReader, GivesTheRestWithoutReadingIt) {
  ByteReader reader(as_bytes("abc"sv));
  ASSERT_TRUE(reader.read_u8());
  EXPECT_EQ(as_text(reader.rest()), "bc");
  EXPECT_EQ(reader.remaining(), 2u);
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  ByteWriter writer;
  writer.write_u8(1);
  writer.write_u16(0x0203);
  writer.write_u24(0x040506);
  writer.write(as_bytes("x"));
  EXPECT_EQ(as_text(writer.bytes()), "\x01\x02\x03\x04\x05\x06x"sv);
}

TEST(ByteWriter, PutsTheLengthBeforeAVector) {
  ByteWriter writer;
  ASSERT_TRUE(writer.write_vector(2, [](ByteWriter& outer) {
    ASSERT_TRUE(outer.write_vector(1, [](ByteWriter& inner) { inner.write(as_bytes("hi")); }));
  }));
  EXPECT_EQ(as_text(writer.bytes()), "\x00\x03\x02hi"sv);
}

TEST(ByteWriter, WritesNothingWhenAVectorIsTooLongForItsLength) {
  const std::string longest(255, 'x');
  ByteWriter writer;
  EXPECT_TRUE(writer.write_vector(1, [&](ByteWriter& w) { w.write(as_bytes(longest)); }));
  EXPECT_FALSE(writer.write_vector(1, [&](ByteWriter& w) { w.write(as_bytes(longest + "x")); }));
  EXPECT_EQ(writer.bytes().size(), 256u);
}

TEST(ByteWriter, IsEmptyAfterHandingOver) {
  ByteWriter writer;
  writer.write_u8(7);
  EXPECT_EQ(writer.take().size(), 1u);
  EXPECT_TRUE(writer.bytes().empty());
}

}  // namespace
}  // namespace simplon
