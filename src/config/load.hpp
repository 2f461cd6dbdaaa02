// Reading a configuration: TOML 1.0 in, an immutable Config or every problem found out.
#pragma once

#include "config/config.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace simplon::config {

/// A valid configuration, or what is wrong with it: one problem at least, in the order of files and lines.
using Loaded = std::expected<Config, std::vector<Problem>>;

/// Reads `path` and the files that its `include` names. Opens no other file: certificates are the TLS layer's to load.
[[nodiscard]] Loaded load_file(const std::filesystem::path& path);

/// Reads `text` as if it were the contents of `file_name`, which need not exist; relative paths are relative to its
/// folder. Touches no file: `include` is an error.
[[nodiscard]] Loaded load_text(std::string_view text, const std::filesystem::path& file_name);

/// What `simplon serve` does without `-c`: one listener at `address`, whose problems are those of `--listen`, and, for
/// every client of HTTP, the backend at the URL `http`, whose problems are those of `--http`, or without it the
/// inspector. Without `certificate` the caller has to make one.
[[nodiscard]] Loaded quick(std::string_view address, std::optional<CertificateFiles> certificate,
                           std::optional<std::string_view> http);

}  // namespace simplon::config
