// The reference names every key that the loader knows.
#include "config/keys.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace simplon::config {
namespace {

std::string read(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(SIMPLON_SOURCE_DIR "/" + name).rdbuf();
  return text.str();
}

// The part of the reference that tells a table's keys: from its heading to the next one.
std::string section_of(const std::string& reference, std::string_view table) {
  const std::string heading = table.empty() ? "\n### Top level\n" : "\n### `" + std::string(table) + "`";
  const std::size_t start = reference.find(heading);
  if (start == std::string::npos) return {};
  return reference.substr(start, reference.find("\n### ", start + 1) - start);
}

TEST(Reference, TellsOfEveryKey) {
  const std::string reference = read("docs/reference.md");
  for (const KeyTable& table : known_keys()) {
    const std::string section = section_of(reference, table.table);
    ASSERT_FALSE(section.empty()) << "no section for " << table.table;
    for (const std::string_view key : table.keys) {
      EXPECT_NE(section.find("| `" + std::string(key) + "` |"), std::string::npos) << table.table << " " << key;
    }
  }
}

TEST(ManualPage, TellsOfEveryKey) {
  const std::string page = read("packaging/man/simplon.toml.5");
  for (const KeyTable& table : known_keys()) {
    for (const std::string_view key : table.keys) {
      EXPECT_NE(page.find("\n.B " + std::string(key) + "\n"), std::string::npos) << table.table << " " << key;
    }
  }
}

}  // namespace
}  // namespace simplon::config
