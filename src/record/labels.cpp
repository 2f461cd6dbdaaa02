#include "record/labels.hpp"

#include "simplon/alpn/registry.hpp"

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

void Labels::add_protocol(ProtocolIdView id) {
  // A protocol with this very name is counted with the others: its series could not be told from theirs.
  if (id.bytes() == other) return;
  if (protocols_.insert(id.bytes()) + first_name == protocol_texts_.size()) protocol_texts_.push_back(to_text(id));
}

}  // namespace simplon::record
