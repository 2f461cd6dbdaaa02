#include "config/source.hpp"

#include "config/durations.hpp"
#include "config/spelling.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace simplon::config {

namespace {

std::optional<std::string> read_string(Source& source, std::string_view key, const toml::node& node) {
  const auto* value = node.as_string();
  if (value == nullptr) {
    source.report(source.at(node.source()), fmt::format("`{}` must be a string, not {}", key, kind_of(node)));
    return std::nullopt;
  }
  if (value->get().empty()) {
    source.report(source.at(node.source()), fmt::format("`{}` must not be empty; leave it out instead", key));
    return std::nullopt;
  }
  // Nothing here may hold a NUL: paths and host names end at one once they reach the operating system.
  if (value->get().find('\0') != std::string::npos) {
    source.report(source.at(node.source()), fmt::format("`{}` must not hold a NUL", key));
    return std::nullopt;
  }
  return value->get();
}

}  // namespace

std::filesystem::path Source::resolve(std::string_view path) const { return (folder / path).lexically_normal(); }

TableReader::TableReader(Source& source, const toml::table& table, const KeyTable& known)
    : source_(source), table_(table) {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known.keys, key.str()) != known.keys.end()) continue;
    const std::string where = known.table.empty() ? "at the top level" : fmt::format("in `{}`", known.table);
    source.report(source.at(key.source()),
                  fmt::format("unknown key {} {}{}", quote(key.str()), where, did_you_mean(key.str(), known.keys)));
  }
}

Position TableReader::key_position(std::string_view key) const {
  for (const auto& [name, node] : table_) {
    if (name.str() == key) return source_.at(name.source());
  }
  return position();
}

Position TableReader::value_position(std::string_view key) const {
  const toml::node* node = find(key);
  return node == nullptr ? position() : source_.at(node->source());
}

std::optional<std::string> TableReader::string(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  return read_string(source_, key, *node);
}

std::optional<bool> TableReader::boolean(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get();
  source_.report(value_position(key), fmt::format("`{}` must be true or false, not {}", key, kind_of(*node)));
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto* value = node->as_integer();
  if (value == nullptr) {
    source_.report(value_position(key), fmt::format("`{}` must be an integer, not {}", key, kind_of(*node)));
    return std::nullopt;
  }
  if (value->get() < least || value->get() > most) {
    source_.report(value_position(key),
                   fmt::format("`{}` must be from {} to {}, not {}", key, least, most, value->get()));
    return std::nullopt;
  }
  return value->get();
}

std::optional<std::chrono::milliseconds> TableReader::duration(std::string_view key, std::chrono::milliseconds least) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->as_string() == nullptr) {
    source_.report(value_position(key),
                   fmt::format("`{}` must be a duration such as \"5s\", not {}", key, kind_of(*node)));
    return std::nullopt;
  }
  const auto text = string(key);
  if (!text) return std::nullopt;
  const auto value = parse_duration(*text);
  if (!value) {
    source_.report(value_position(key), fmt::format("`{}`: {}", key, value.error()));
    return std::nullopt;
  }
  if (*value < least) {
    source_.report(value_position(key), fmt::format("`{}` must be \"{}ms\" at least", key, least.count()));
    return std::nullopt;
  }
  return *value;
}

std::optional<std::filesystem::path> TableReader::path(std::string_view key) {
  const auto text = string(key);
  if (!text) return std::nullopt;
  return source_.resolve(*text);
}

std::optional<std::vector<Text>> TableReader::strings(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  return read_strings(source_, key, *node);
}

void TableReader::report_choice(std::string_view key, std::string_view word, std::span<const std::string_view> words) {
  std::vector<std::string> quoted;
  for (const std::string_view each : words)
    quoted.push_back(quote(each));
  source_.report(value_position(key), fmt::format("`{}` must be {}, not {}{}", key, fmt::join(quoted, " or "),
                                                  quote(word), did_you_mean(word, words)));
}

std::string_view kind_of(const toml::node& node) noexcept {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

std::optional<std::vector<Text>> read_strings(Source& source, std::string_view key, const toml::node& node) {
  std::vector<Text> texts;
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    if (node.as_string() == nullptr) {
      source.report(source.at(node.source()),
                    fmt::format("`{}` must be a string or a list of strings, not {}", key, kind_of(node)));
      return std::nullopt;
    }
    auto text = read_string(source, key, node);
    if (!text) return std::nullopt;
    texts.push_back({.text = std::move(*text), .position = source.at(node.source())});
    return texts;
  }
  if (list->empty()) {
    source.report(source.at(node.source()), fmt::format("`{}` must not be an empty list", key));
    return std::nullopt;
  }
  for (const toml::node& element : *list) {
    auto text = read_string(source, key, element);
    if (text) texts.push_back({.text = std::move(*text), .position = source.at(element.source())});
  }
  if (texts.empty()) return std::nullopt;
  return texts;
}

}  // namespace simplon::config
