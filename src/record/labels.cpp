#include "record/labels.hpp"

#include "simplon/alpn/registry.hpp"

#include <algorithm>
#include <utility>

namespace simplon::record {

namespace {

constexpr std::string_view other = "other";

}  // namespace

Labels::Labels(std::vector<std::string> listeners, std::span<const ProtocolIdView> configured,
               std::span<const std::string> backends)
    : listeners_(std::move(listeners)), protocol_texts_{"", std::string(other)} {
  for (const ProtocolIdView id : configured)
    add_protocol(id);
  for (const RegisteredProtocol& registered : registered_protocols()) {
    // What is reserved for GREASE (RFC 8701) is no protocol that anybody speaks.
    if (!is_grease(registered.id)) add_protocol(registered.id);
  }
  for (const std::string& backend : backends)
    backends_.insert(backend);
}

std::optional<std::uint32_t> Labels::listener(std::string_view name) const noexcept {
  const auto found = std::ranges::find(listeners_, name);
  if (found == listeners_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - listeners_.begin());
}

std::uint32_t Labels::protocol_of(const Labels& others, std::uint32_t number) const noexcept {
  if (number < first_name) return number;
  const auto known = protocols_.find(others.protocols_.name(number - first_name));
  return known ? *known + first_name : other_protocol;
}

void Labels::add_protocol(ProtocolIdView id) {
  // A protocol with this very name is counted with the others: its series could not be told from theirs.
  if (id.bytes() == other) return;
  if (protocols_.insert(id.bytes()) + first_name == protocol_texts_.size()) protocol_texts_.push_back(to_text(id));
}

}  // namespace simplon::record
