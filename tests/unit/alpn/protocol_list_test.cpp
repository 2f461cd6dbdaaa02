#include "simplon/alpn/protocol_list.hpp"

#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace simplon {
namespace {

using namespace std::string_view_literals;

static_assert(std::ranges::forward_range<ProtocolListView>);

std::vector<std::string_view> names_of(ProtocolListView list) {
  std::vector<std::string_view> names;
  for (const ProtocolIdView id : list)
    names.push_back(id.bytes());
  return names;
}

using Names = std::vector<std::string_view>;

TEST(ParseList, ReadsNamesInTheOrderOfTheWire) {  // RFC 7301 §3.1: "in descending order of preference"
  const auto list = ProtocolListView::parse(as_bytes("\x00\x0c\x02h2\x08http/1.1"sv)).value();
  EXPECT_EQ(names_of(list), (Names{"h2", "http/1.1"}));
  EXPECT_EQ(list.front(), protocol::h2);
  EXPECT_EQ(as_text(list.wire_names()), "\x02h2\x08http/1.1"sv);
}

TEST(ParseList, TakesTheSmallestList) { EXPECT_TRUE(ProtocolListView::parse(as_bytes("\x00\x02\x01x"sv))); }

struct Malformed {
  std::string_view rule;
  std::string_view body;
  WireError error;
};

// RFC 7301 §3.1: opaque ProtocolName<1..2^8-1>; ProtocolName protocol_name_list<2..2^16-1>
constexpr Malformed malformed[] = {
    {"an extension of no bytes", ""sv, WireError::list_length},
    {"half a list length", "\x00"sv, WireError::list_length},
    {"a list of no names", "\x00\x00"sv, WireError::empty_list},
    {"a list longer than its extension", "\x00\x04\x02h2"sv, WireError::list_length},
    {"a list shorter than its extension", "\x00\x02\x02h2"sv, WireError::list_length},
    {"bytes behind the list", "\x00\x03\x02h2!"sv, WireError::list_length},
    {"bytes behind an empty list", "\x00\x00\x02h2"sv, WireError::list_length},
    {"an empty name", "\x00\x01\x00"sv, WireError::empty_name},
    {"an empty name before others", "\x00\x04\x00\x02h2"sv, WireError::empty_name},
    {"an empty name behind others", "\x00\x04\x02h2\x00"sv, WireError::empty_name},
    {"a name longer than the list", "\x00\x03\x03h2"sv, WireError::truncated_name},
    {"a length without a name", "\x00\x04\x02h2\x01"sv, WireError::truncated_name},
};

TEST(ParseList, RefusesWhateverDoesNotFillItExactly) {
  for (const Malformed& row : malformed) {
    const auto list = ProtocolListView::parse(as_bytes(row.body));
    ASSERT_FALSE(list) << row.rule;
    EXPECT_EQ(list.error(), row.error) << row.rule;
    EXPECT_EQ(alert_of(list.error()), Alert::decode_error) << row.rule;
  }
}

TEST(ParseList, TakesAnyBytesAsNames) {  // RFC 7301 §3.1: "opaque"
  const auto list = ProtocolListView::parse(as_bytes("\x00\x09\x01\x00\x02,,\x03\xff\x00%"sv)).value();
  EXPECT_EQ(names_of(list), (Names{"\x00"sv, ",,"sv, "\xff\x00%"sv}));
  EXPECT_EQ(to_text(list), "%00,%2C%2C,%FF%00%25");
}

TEST(ParseList, KeepsDuplicatesAndGrease) {
  const auto list = ProtocolListView::parse(as_bytes("\x00\x09\x02h2\x02\x0a\x0a\x02h2"sv)).value();
  EXPECT_EQ(names_of(list), (Names{"h2", "\x0a\x0a", "h2"}));
}

TEST(ParseList, TakesANameOf255Bytes) {
  const std::string body = std::string("\x01\x00\xff", 3) + std::string(255, 'x');
  EXPECT_EQ(ProtocolListView::parse(as_bytes(body)).value().front().size(), 255u);
}

TEST(ParseList, TakesAListOf65535Bytes) {
  std::string body = "\xff\xff";
  for (int i = 0; i < 32766; ++i)
    body += "\x01x";
  body += "\x02yz";
  const auto list = ProtocolListView::parse(as_bytes(body)).value();
  EXPECT_EQ(std::ranges::distance(list), 32767);
}

TEST(ParseNames, ReadsAListWithoutItsLength) {
  EXPECT_EQ(names_of(ProtocolListView::parse_names(as_bytes("\x02h2"sv)).value()), Names{"h2"});
  EXPECT_EQ(ProtocolListView::parse_names({}).error(), WireError::empty_list);
  EXPECT_EQ(ProtocolListView::parse_names(as_bytes("\x00"sv)).error(), WireError::empty_name);
  EXPECT_EQ(ProtocolListView::parse_names(as_bytes("\x02h"sv)).error(), WireError::truncated_name);
}

TEST(ListView, FindsNamesByteByByte) {
  const auto list = ProtocolListView::parse_names(as_bytes("\x03h2c\x01h"sv)).value();
  EXPECT_TRUE(list.contains(protocol::h2c));
  EXPECT_FALSE(list.contains(protocol::h2)) << "a name is no prefix of another";
  EXPECT_FALSE(list.contains(ProtocolIdView::literal("H")));
}

TEST(List, EncodesToWhatParsesBack) {
  const ProtocolIdView ids[] = {protocol::h2, protocol::http_1_1};
  const ProtocolList list = ProtocolList::from(ids).value();
  ByteWriter writer;
  list.write_to(writer);
  EXPECT_EQ(as_text(writer.bytes()), "\x00\x0c\x02h2\x08http/1.1"sv);
  EXPECT_EQ(ProtocolList(ProtocolListView::parse(writer.bytes()).value()), list);
}

TEST(List, NeedsAName) { EXPECT_EQ(ProtocolList::from({}).error(), WireError::empty_list); }

TEST(List, HoldsAtMost65535Bytes) {
  const std::string longest(255, 'x');
  std::vector<ProtocolIdView> ids(255, ProtocolIdView::from(longest).value());  // 255 * 256 = 65,280 bytes
  const std::string rest(254, 'y');
  ids.push_back(ProtocolIdView::from(rest).value());  // 65,535 bytes
  EXPECT_TRUE(ProtocolList::from(ids));
  ids.back() = ProtocolIdView::from(longest).value();  // 65,536 bytes
  EXPECT_EQ(ProtocolList::from(ids).error(), WireError::list_too_long);
}

}  // namespace
}  // namespace simplon
