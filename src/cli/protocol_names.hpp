// Lists of protocol names on the command line.
#pragma once

#include "simplon/alpn/protocol_id.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::cli {

/// The names that "a,b" writes, each in text form, in which a comma of a name is %2C; or what is wrong, for people.
[[nodiscard]] std::expected<std::vector<ProtocolId>, std::string> parse_names(std::string_view text);

}  // namespace simplon::cli
