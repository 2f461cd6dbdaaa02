// A configuration for a command: read, with everything that is to be said about it said.
#pragma once

#include "cli/command.hpp"
#include "config/load.hpp"

#include <cstdio>
#include <expected>
#include <filesystem>

namespace simplon::cli {

/// Reads `path`. Prints its errors to standard error and fails with `no`, or with `failed` where it can't be read.
[[nodiscard]] std::expected<config::Config, ExitStatus> load_or_report(const std::filesystem::path& path);

/// Prints `problem` to standard error as "FILE:LINE:COL: message".
void print_error(const config::Problem& problem);

/// Prints `problem` to standard error as "FILE:LINE:COL: warning: message".
void print_warning(const config::Problem& problem);

}  // namespace simplon::cli
