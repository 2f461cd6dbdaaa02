// A ClientHello field by field, for people and for programs.
#pragma once

#include "simplon/hello/client_hello.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// One line for each field, and below the extensions one for each of them.
[[nodiscard]] std::string to_text(const ClientHelloView& hello);

/// The same; docs/reference.md tells its fields.
[[nodiscard]] nlohmann::ordered_json to_json(const ClientHelloView& hello);

}  // namespace simplon::cli
