// One TOML table being read: typed getters that report what is wrong where it stands, and unknown keys.
#pragma once

#include "config/draft.hpp"
#include "config/keys.hpp"
#include "config/problem.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

namespace simplon::config {

/// The file that is being read.
struct Source {
  std::string file;
  std::filesystem::path folder;  ///< what its relative paths are relative to
  std::vector<Problem>& problems;

  [[nodiscard]] Position at(const toml::source_region& region) const {
    return {.file = file, .line = region.begin.line, .column = region.begin.column};
  }
  void report(Position position, std::string message) {
    problems.push_back({.position = std::move(position), .message = std::move(message)});
  }
  /// `path`, where relative, in the file's folder.
  [[nodiscard]] std::filesystem::path resolve(std::string_view path) const;
};

/// A word that a key may hold, and what it means.
template <typename Value>
struct Choice {
  std::string_view word;
  Value value;
};

/// Reads the keys of one table. Every getter returns nothing where the key is absent and, once it has reported why,
/// where its value is of no use.
class TableReader {
 public:
  /// Reports at once every key of `table` that is not among `known`.
  TableReader(Source& source, const toml::table& table, const KeyTable& known);

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  [[nodiscard]] const toml::node* find(std::string_view key) const { return table_.get(key); }
  /// Where the table begins.
  [[nodiscard]] Position position() const { return source_.at(table_.source()); }
  /// Where `key` stands; the table's own place where it does not.
  [[nodiscard]] Position key_position(std::string_view key) const;
  /// Where the value of `key` stands; the table's own place where there is none.
  [[nodiscard]] Position value_position(std::string_view key) const;
  [[nodiscard]] Source& source() const noexcept { return source_; }

  /// A string that is not empty.
  std::optional<std::string> string(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  /// An integer from `least` to `most`.
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  /// A duration of `least` at least.
  std::optional<std::chrono::milliseconds> duration(std::string_view key, std::chrono::milliseconds least);
  /// A path, resolved.
  std::optional<std::filesystem::path> path(std::string_view key);
  /// A string, or a list of strings with one at least; none empty. Those of use.
  std::optional<std::vector<Text>> strings(std::string_view key);
  /// One of the words of `choices`.
  template <typename Value, std::size_t count>
  std::optional<Value> choice(std::string_view key, const Choice<Value> (&choices)[count]);

 private:
  void report_choice(std::string_view key, std::string_view word, std::span<const std::string_view> words);

  Source& source_;
  const toml::table& table_;
};

/// What kind of value `node` is, for messages: "a string", "an integer", …
[[nodiscard]] std::string_view kind_of(const toml::node& node) noexcept;

/// A string, or a list of strings with one at least, none empty, as the value of `key`. Reports like `TableReader`.
[[nodiscard]] std::optional<std::vector<Text>> read_strings(Source& source, std::string_view key,
                                                            const toml::node& node);

template <typename Value, std::size_t count>
std::optional<Value> TableReader::choice(std::string_view key, const Choice<Value> (&choices)[count]) {
  const auto word = string(key);
  if (!word) return std::nullopt;
  std::vector<std::string_view> words;
  for (const Choice<Value>& choice : choices) {
    if (choice.word == *word) return choice.value;
    words.push_back(choice.word);
  }
  report_choice(key, *word, words);
  return std::nullopt;
}

}  // namespace simplon::config
