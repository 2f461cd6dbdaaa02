// The files that `include` names.
#pragma once

#include "config/source.hpp"

#include <filesystem>
#include <vector>

namespace simplon::config {

/// A file to read, and the `include` that asks for it.
struct Included {
  std::filesystem::path path;
  Position asked_at;
};

/// The files that match the patterns of `include` in the table that `reader` reads, patterns in their order and files
/// of one pattern by name, each once. Reports a name without wildcards that matches no file, and the file itself.
[[nodiscard]] std::vector<Included> find_included(TableReader& reader);

}  // namespace simplon::config
