#include "probe/target.hpp"

#include <gtest/gtest.h>

namespace simplon::probe {

namespace {

struct Row {
  const char* text;
  const char* means;  // null: it is no target
  const char* name;   // what is asked for; null: no server name
};

class Targets : public testing::TestWithParam<Row> {};

TEST_P(Targets, AreRead) {
  const Row& row = GetParam();
  const auto target = Target::parse(row.text);
  ASSERT_EQ(target.has_value(), row.means != nullptr) << row.text;
  if (!target) return;
  EXPECT_EQ(target->to_text(), row.means);
  EXPECT_EQ(target->server_name(), row.name == nullptr ? std::nullopt : std::optional<std::string>(row.name));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Targets,
    testing::Values(Row{"example.com", "example.com:443", "example.com"},
                    Row{"example.com:8443", "example.com:8443", "example.com"},
                    Row{"example.com.", "example.com.:443", "example.com"}, Row{"192.0.2.1", "192.0.2.1:443", nullptr},
                    Row{"192.0.2.1:1", "192.0.2.1:1", nullptr}, Row{"2001:db8::1", "[2001:db8::1]:443", nullptr},
                    Row{"[2001:db8::1]", "[2001:db8::1]:443", nullptr},
                    Row{"[2001:db8::1]:65535", "[2001:db8::1]:65535", nullptr}, Row{"", nullptr, nullptr},
                    Row{":443", nullptr, nullptr}, Row{"example.com:", nullptr, nullptr},
                    Row{"example.com:0", nullptr, nullptr}, Row{"example.com:65536", nullptr, nullptr},
                    Row{"example.com:http", nullptr, nullptr}, Row{"https://example.com/", nullptr, nullptr},
                    Row{"[example.com]:443", nullptr, nullptr}, Row{"[2001:db8::1", nullptr, nullptr},
                    Row{"[2001:db8::1]443", nullptr, nullptr}, Row{"a b", nullptr, nullptr},
                    Row{"-rf", nullptr, nullptr}));

}  // namespace

}  // namespace simplon::probe
