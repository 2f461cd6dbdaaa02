// What RFC 7301 and its neighbours demand of a server, case by case.
#pragma once

#include "probe/profile.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::probe {

/// How binding the sentence is.
enum class Demand : std::uint8_t {
  must,    ///< MUST, SHALL, or what follows from them
  should,  ///< SHOULD, or what a careful implementation does
};

enum class Result : std::uint8_t { passed, failed, skipped };

/// "passed", "failed" or "skipped".
[[nodiscard]] std::string_view name_of(Result result) noexcept;

/// One case in one TLS version.
struct CaseResult {
  Result result = Result::skipped;
  std::string seen;  ///< what the server did, or why the case does not apply, for people
};

struct Case {
  std::string_view id;        ///< such as "empty-list"
  std::string_view section;   ///< such as "RFC 7301 §3.1"
  std::string_view sentence;  ///< what is demanded, in a sentence
  Demand demand;
  CaseResult (*run)(const Server& server, const VersionProfile& profile);
};

/// All of them. Ids are unique, and stay what they are.
[[nodiscard]] std::span<const Case> cases() noexcept;

/// The case with this id; null where there is none.
[[nodiscard]] const Case* find_case(std::string_view id) noexcept;

}  // namespace simplon::probe
