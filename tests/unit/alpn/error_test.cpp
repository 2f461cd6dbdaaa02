#include "simplon/alpn/error.hpp"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace simplon {
namespace {

struct Row {
  WireError error;
  std::optional<Alert> alert;
  std::string_view section;
};

// Every error, with the alert that its standard asks for.
constexpr Row rows[] = {
    {WireError::empty_name, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::name_too_long, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::empty_list, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::list_too_long, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::list_length, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::truncated_name, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::duplicate_name, Alert::illegal_parameter, "RFC 7301 §3.1"},
    {WireError::h2c_offered, Alert::illegal_parameter, "RFC 9113 §3.2"},
    {WireError::bad_escape, Alert::decode_error, "RFC 7301 §6"},
    {WireError::answer_not_single, Alert::decode_error, "RFC 7301 §3.1"},
    {WireError::answer_not_offered, Alert::illegal_parameter, "RFC 7301 §3.1"},
    {WireError::answer_unasked, Alert::unsupported_extension, "RFC 8446 §4.2"},
    {WireError::answer_missing, Alert::no_application_protocol, "RFC 7301 §3.2"},
    {WireError::not_tls, std::nullopt, "RFC 8446 §5.1"},
    {WireError::alert_received, std::nullopt, "RFC 8446 §6"},
    {WireError::unexpected_content, Alert::unexpected_message, "RFC 8446 §5.1"},
    {WireError::empty_record, Alert::unexpected_message, "RFC 8446 §5.1"},
    {WireError::record_too_long, Alert::record_overflow, "RFC 8446 §5.1"},
    {WireError::not_client_hello, Alert::unexpected_message, "RFC 8446 §4"},
    {WireError::hello_too_large, Alert::decode_error, "RFC 8446 §4.1.2"},
    {WireError::malformed_hello, Alert::decode_error, "RFC 8446 §4.1.2"},
    {WireError::duplicate_extension, Alert::illegal_parameter, "RFC 8446 §4.2"},
    {WireError::malformed_extension, Alert::decode_error, "RFC 8446 §4.2"},
    {WireError::too_large_to_encode, Alert::internal_error, "RFC 8446 §3.4"},
};

TEST(WireError, HasTheAlertOfItsStandard) {
  for (const Row& row : rows)
    EXPECT_EQ(alert_of(row.error), row.alert) << describe(row.error);
}

TEST(WireError, NamesTheSectionItOffends) {
  for (const Row& row : rows)
    EXPECT_EQ(section_of(row.error), row.section) << describe(row.error);
}

TEST(WireError, IsDescribedInALineOfItsOwn) {
  std::set<std::string_view> seen;
  for (const Row& row : rows) {
    const std::string_view text = describe(row.error);
    EXPECT_FALSE(text.empty());
    EXPECT_FALSE(text.ends_with('.')) << text;
    EXPECT_EQ(text.find('\n'), std::string_view::npos) << text;
    EXPECT_TRUE(seen.insert(text).second) << text;
  }
}

TEST(WireError, IsCoveredHereWithoutAGap) {
  for (std::size_t i = 0; i < std::size(rows); ++i)
    EXPECT_EQ(static_cast<std::size_t>(rows[i].error), i);
  EXPECT_EQ(static_cast<std::size_t>(WireError::too_large_to_encode) + 1, std::size(rows));
}

TEST(Alert, HasTheStandardsNumberAndName) {  // RFC 8446 §6, RFC 7301 §3.2
  const std::pair<int, std::string_view> numbers[] = {
      {10, "unexpected_message"},
      {22, "record_overflow"},
      {40, "handshake_failure"},
      {47, "illegal_parameter"},
      {50, "decode_error"},
      {70, "protocol_version"},
      {80, "internal_error"},
      {109, "missing_extension"},
      {110, "unsupported_extension"},
      {112, "unrecognized_name"},
      {120, "no_application_protocol"},
  };
  for (const auto& [number, name] : numbers)
    EXPECT_EQ(name_of(static_cast<Alert>(number)), name);
}

}  // namespace
}  // namespace simplon
