// What `simplon conform` found, in the forms that it prints.
#pragma once

#include "probe/conform.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// One case in one TLS version.
struct ConformanceRow {
  const probe::Case* test = nullptr;
  std::uint16_t version = 0;
  probe::CaseResult result;
  std::string deviation;  ///< why this failure is known and accepted; empty where it is not
};

struct ConformanceReport {
  std::string target;
  std::vector<std::string> spoken;  ///< what the server selects, as text
  std::vector<ConformanceRow> rows;

  /// Failures of what a server must do, known ones left out.
  [[nodiscard]] std::size_t failures() const;
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] nlohmann::ordered_json to_json() const;
  /// JUnit's XML: a test suite whose cases are the rows.
  [[nodiscard]] std::string to_junit() const;
};

}  // namespace simplon::cli
