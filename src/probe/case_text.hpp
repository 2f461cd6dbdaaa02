// What a case of conformance says of itself, and how it ends, whichever side is held against it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
  std::string seen;  ///< what the other side did, or why the case does not apply, for people
};

struct CaseText {
  std::string_view id;        ///< such as "empty-list"
  std::string_view section;   ///< such as "RFC 7301 §3.1"
  std::string_view sentence;  ///< what is demanded, in a sentence
  Demand demand;
};

}  // namespace simplon::probe
