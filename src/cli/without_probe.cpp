// The commands of the probe in a program that is built without it, so that whoever calls one is told why.
#include "cli/command.hpp"
#include "tls/library.hpp"

#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

namespace simplon::cli {

namespace {

Run declare_missing(CLI::App& subcommand) {
  subcommand.allow_extras();
  subcommand.footer("It is not available in this build: it needs one with OpenSSL.");
  return [name = subcommand.get_name()] {
    const std::string text = "simplon: " + name + " is not available in this build, which uses " +
                             std::string(tls::library_version()) + "; it needs a build with OpenSSL\n";
    std::fputs(text.c_str(), stderr);
    return ExitStatus::failed;
  };
}

}  // namespace

Run declare_probe(CLI::App& subcommand) { return declare_missing(subcommand); }

Run declare_conform(CLI::App& subcommand, std::vector<std::string> /*other*/) { return declare_missing(subcommand); }

}  // namespace simplon::cli
