// simplon version: what is this program made of?
#include "cli/command.hpp"
#include "tls/library.hpp"

#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace simplon::cli {

namespace {

#if defined(__clang__)
constexpr std::string_view compiler = "Clang " __clang_version__;
#else
constexpr std::string_view compiler = "GCC " __VERSION__;
#endif

}  // namespace

Run declare_version(CLI::App& subcommand) {
  subcommand.footer("Example:\n  simplon version");
  return [] {
    fmt::print("simplon {}\nTLS library: {}\ncompiler: {}\n", SIMPLON_VERSION, tls::library_version(), compiler);
    return ExitStatus::fine;
  };
}

}  // namespace simplon::cli
