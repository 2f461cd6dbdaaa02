// JSON on standard output.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// `json` as text, without a line break at its end: indented for people, or in one line. Bytes that are no UTF-8, as
/// peers may send them, are replaced.
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json);
[[nodiscard]] std::string dump_in_a_line(const nlohmann::ordered_json& json);

}  // namespace simplon::cli
