// What RFC 7301 and its neighbours demand of a server, case by case.
#pragma once

#include "probe/case_text.hpp"
#include "probe/profile.hpp"

#include <span>
#include <string_view>

namespace simplon::probe {

struct Case : CaseText {
  CaseResult (*run)(const Server& server, const VersionProfile& profile);
};

/// All of them. Ids are unique, and stay what they are.
[[nodiscard]] std::span<const Case> cases() noexcept;

/// The case with this id; null where there is none.
[[nodiscard]] const Case* find_case(std::string_view id) noexcept;

}  // namespace simplon::probe
