#include "cli/json_output.hpp"

#include <nlohmann/json.hpp>

namespace simplon::cli {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json) { return json.dump(2, ' ', false, ordered_json::error_handler_t::replace); }

std::string dump_in_a_line(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace simplon::cli
