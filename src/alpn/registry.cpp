#include "simplon/alpn/registry.hpp"

#include <algorithm>

namespace simplon {

namespace {

constexpr RegisteredProtocol table[] = {
#include "registry_rows.inc"
};

}  // namespace

std::span<const RegisteredProtocol> registered_protocols() noexcept { return table; }

const RegisteredProtocol* find_registered(ProtocolIdView id) noexcept {
  const auto* const found = std::ranges::find(table, id, &RegisteredProtocol::id);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace simplon
