// The dashboard: a page and what it loads, embedded in the program. Private to this layer.
#pragma once

#include <span>
#include <string_view>

namespace simplon::admin {

struct DashboardFile {
  std::string_view path;  ///< where it is asked for
  std::string_view type;
  std::string_view content;
};

extern const std::span<const DashboardFile> dashboard_files;

/// Nothing but these files runs or styles the page; names that clients made up are put into it as text, and where a
/// script would do otherwise, browsers refuse (`require-trusted-types-for`).
inline constexpr std::string_view dashboard_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

}  // namespace simplon::admin
