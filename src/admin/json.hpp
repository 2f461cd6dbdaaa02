// How this layer says things in JSON. Private to it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace simplon::admin {

using Json = nlohmann::ordered_json;

/// Null where there is no text.
[[nodiscard]] inline Json or_null(std::string_view text) { return text.empty() ? Json() : Json(text); }

template <typename T>
[[nodiscard]] Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

/// Milliseconds with three digits behind the point, which JSON would otherwise print in full.
[[nodiscard]] inline Json to_milliseconds(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1000.0;
}

[[nodiscard]] inline Json to_milliseconds(const std::optional<std::chrono::microseconds>& time) {
  return time ? to_milliseconds(*time) : Json();
}

/// On one line. What clients, backends or the system say may be no UTF-8, which must not stop the answer.
[[nodiscard]] inline std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace simplon::admin
