#include "config/include.hpp"

#include "config/spelling.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <glob.h>

namespace simplon::config {

namespace {

constexpr std::string_view wildcards = "*?[";

// The folder is no part of the pattern, whatever characters its name has.
std::string escape(const std::string& folder) {
  std::string out;
  for (const char c : folder) {
    if (c == '\\' || wildcards.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::vector<std::filesystem::path> expand(const std::filesystem::path& folder, const std::string& pattern) {
  const std::filesystem::path whole = std::filesystem::path(escape(folder.native())) / pattern;
  glob_t found{};
  std::vector<std::filesystem::path> paths;
  if (glob(whole.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i)
      paths.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  // By bytes, whatever the locale.
  std::ranges::sort(paths);
  return paths;
}

std::filesystem::path identity(const std::filesystem::path& path) {
  std::error_code error;
  auto canonical = std::filesystem::weakly_canonical(path, error);
  return error ? path : canonical;
}

}  // namespace

std::vector<Included> find_included(TableReader& reader) {
  std::vector<Included> result;
  const auto patterns = reader.strings("include");
  if (!patterns) return result;
  Source& source = reader.source();
  const auto itself = identity(source.file);
  std::set<std::filesystem::path> seen;
  for (const Text& pattern : *patterns) {
    const auto paths = expand(source.folder, pattern.text);
    if (paths.empty() && pattern.text.find_first_of(wildcards) == std::string::npos) {
      source.report(pattern.position, fmt::format("`include`: no file {}", quote(pattern.text)));
    }
    for (const auto& path : paths) {
      if (identity(path) == itself) {
        source.report(
            pattern.position,
            fmt::format("`include`: {} matches this file itself: keep what it includes in a folder of its own",
                        quote(pattern.text)));
      } else if (seen.insert(identity(path)).second) {
        result.push_back({.path = path, .asked_at = pattern.position});
      }
    }
  }
  return result;
}

}  // namespace simplon::config
