// The two forms of the facts.
#pragma once

#include "serve/http/message.hpp"
#include "serve/inspect/facts.hpp"

#include <string>

namespace simplon::serve::inspect {

/// The page, in HTML.
[[nodiscard]] std::string render_page(const Facts& facts, const http::Request& request);

/// The facts in JSON, under the names that the log uses.
[[nodiscard]] std::string render_json(const Facts& facts, const http::Request& request);

/// Microseconds as milliseconds, to the microsecond.
[[nodiscard]] inline double milliseconds(std::chrono::microseconds duration) noexcept {
  return static_cast<double>(duration.count()) / 1000;
}

}  // namespace simplon::serve::inspect
