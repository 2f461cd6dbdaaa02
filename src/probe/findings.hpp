// What is wrong with a server, or worth knowing, in sentences with a code.
#pragma once

#include "probe/survey.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::probe {

enum class Severity : std::uint8_t {
  note,     ///< worth knowing
  warning,  ///< wrong, and most clients come through
  error,    ///< clients fail, or are told what is not so
};

/// "note", "warning" or "error".
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;

struct Finding {
  std::string_view code;  ///< such as "lenient-mismatch"; docs/findings.md has all of them
  Severity severity;
  std::string sentence;      ///< for people, without a full stop
  std::string_view section;  ///< such as "RFC 7301 §3.2"; empty where no standard is at stake
};

/// The worst comes first. `now` is what certificates are judged by.
[[nodiscard]] std::vector<Finding> find_faults(const Survey& survey, std::chrono::system_clock::time_point now);

}  // namespace simplon::probe
