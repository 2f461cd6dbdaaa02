// What both forms of `simplon conform` share.
#pragma once

#include "cli/command.hpp"
#include "cli/conformance_report.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::cli {

struct ConformOptions {
  std::string target;  ///< the server
  std::string sni;
  std::optional<std::string> extra;
  std::string pattern = "*";
  std::string deviations;
  std::string junit;
  double timeout = 5;
  bool json = false;
  bool list = false;

  bool client = false;
  std::string listen = "127.0.0.1:0";
  std::string certificate;
  std::string key;
  std::vector<std::string> command;  ///< the client's; empty: somebody else makes its connections
  bool verbose = false;

  [[nodiscard]] std::chrono::milliseconds patience() const {
    return std::chrono::milliseconds(static_cast<long>(timeout * 1000));
  }
  /// Whether the case with this id was asked for.
  [[nodiscard]] bool wants(std::string_view id) const;
};

/// Why failures are accepted, by the ids of their cases.
using Deviations = std::map<std::string, std::string>;

/// Reads {"case-id": "why it is accepted"}; nothing once it was said what is wrong. `is_case` tells whether there is a
/// case with this id.
[[nodiscard]] std::optional<Deviations> read_deviations(const std::string& path, bool (*is_case)(std::string_view id));

/// The reason that `deviations` have for this case; empty where there is none.
[[nodiscard]] std::string deviation_of(const Deviations& deviations, std::string_view id);

/// Prints a report in the form that was asked for.
[[nodiscard]] ExitStatus print_report(const ConformanceReport& report, const ConformOptions& options);

[[nodiscard]] ExitStatus conform_server(const ConformOptions& options);
[[nodiscard]] ExitStatus conform_client(const ConformOptions& options);

}  // namespace simplon::cli
