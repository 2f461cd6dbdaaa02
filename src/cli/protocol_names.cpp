#include "cli/protocol_names.hpp"

#include "config/spelling.hpp"
#include "simplon/alpn/error.hpp"

#include <utility>

#include <fmt/format.h>

namespace simplon::cli {

std::expected<std::vector<ProtocolId>, std::string> parse_names(std::string_view text) {
  std::vector<ProtocolId> ids;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view name = text.substr(0, comma);
    auto id = parse_text(name);
    if (!id) return std::unexpected(fmt::format("{}: {}", config::quote(name), describe(id.error())));
    ids.push_back(std::move(*id));
    if (comma == std::string_view::npos) return ids;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace simplon::cli
