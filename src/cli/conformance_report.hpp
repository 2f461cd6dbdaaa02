// What `simplon conform` found, in the forms that it prints.
#pragma once

#include "probe/case_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// One case in one TLS version.
struct ConformanceRow {
  const probe::CaseText* test = nullptr;
  std::uint16_t version = 0;
  probe::CaseResult result;
  std::string deviation;  ///< why this failure is known and accepted; empty where it is not
};

/// Which side was held against its cases.
enum class ConformanceSide : std::uint8_t { server, client };

struct ConformanceReport {
  std::string target;                              ///< the server, or the client's command
  std::optional<std::vector<std::string>> spoken;  ///< what the server selects or the client offers, as text; a client
                                                   ///< may offer nothing
  std::vector<ConformanceRow> rows;
  ConformanceSide side = ConformanceSide::server;

  /// Failures of what must be done, known ones left out.
  [[nodiscard]] std::size_t failures() const;
  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] nlohmann::ordered_json to_json() const;
  /// JUnit's XML: a test suite whose cases are the rows.
  [[nodiscard]] std::string to_junit() const;
};

}  // namespace simplon::cli
