// Records as lines of text.
#pragma once

#include "record/connection.hpp"
#include "record/request.hpp"

#include <string>

namespace simplon::admin {

/// One JSON object with every field of the log, null where it does not apply; without a line end.
[[nodiscard]] std::string to_json(const record::Connection& connection);

/// The same for people: time, client, what it wanted, what it got; without a line end.
[[nodiscard]] std::string to_text(const record::Connection& connection);

/// Likewise for a request.
[[nodiscard]] std::string to_json(const record::Request& request);
[[nodiscard]] std::string to_text(const record::Request& request);

/// "2026-01-31T23:59:59.123Z" (RFC 3339).
[[nodiscard]] std::string format_time(std::chrono::system_clock::time_point time);

}  // namespace simplon::admin
