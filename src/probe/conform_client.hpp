// What RFC 7301 and its neighbours demand of a client, case by case.
#pragma once

#include "probe/bend.hpp"
#include "probe/case_text.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace simplon::probe {

/// One thing that a server says, and what a client may do then.
struct ClientCase : CaseText {
  Bend bend;
  bool (*passes)(const Reaction& reaction);

  /// Whether there is such a thing in this TLS version.
  [[nodiscard]] bool applies_to(std::uint16_t version) const noexcept;
};

/// All of them. Ids are unique, and stay what they are. Cases of one bend follow each other, so that one connection
/// answers them all.
[[nodiscard]] std::span<const ClientCase> client_cases() noexcept;

/// The case with this id; null where there is none.
[[nodiscard]] const ClientCase* find_client_case(std::string_view id) noexcept;

/// The case without a bend: a client that does not pass it can't be held against the others.
[[nodiscard]] const ClientCase& control_case() noexcept;

/// What the reaction to its bend makes of a case.
[[nodiscard]] CaseResult judge(const ClientCase& test, const Reaction& reaction);

}  // namespace simplon::probe
