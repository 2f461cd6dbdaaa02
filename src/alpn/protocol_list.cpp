#include "simplon/alpn/protocol_list.hpp"

#include <algorithm>

namespace simplon {

std::expected<ProtocolListView, WireError> ProtocolListView::parse(Bytes extension_body) noexcept {
  ByteReader reader(extension_body);
  const auto names = reader.read_vector_u16();
  if (!names || !reader.empty()) return std::unexpected(WireError::list_length);
  return parse_names(*names);
}

std::expected<ProtocolListView, WireError> ProtocolListView::parse_names(Bytes names) noexcept {
  // RFC 7301 §3.1: ProtocolName protocol_name_list<2..2^16-1>, so at least one name.
  if (names.empty()) return std::unexpected(WireError::empty_list);
  ByteReader reader(names);
  while (!reader.empty()) {
    const auto name = reader.read_vector_u8();
    if (!name) return std::unexpected(WireError::truncated_name);
    // RFC 7301 §3.1: "Empty strings MUST NOT be included".
    if (name->empty()) return std::unexpected(WireError::empty_name);
  }
  return ProtocolListView(names);
}

bool ProtocolListView::contains(ProtocolIdView id) const noexcept { return std::ranges::find(*this, id) != end(); }

std::expected<ProtocolList, WireError> ProtocolList::from(std::span<const ProtocolIdView> ids) {
  if (ids.empty()) return std::unexpected(WireError::empty_list);
  ByteWriter writer;
  for (const ProtocolIdView id : ids) {
    writer.write_u8(static_cast<std::uint8_t>(id.size()));
    writer.write(as_bytes(id.bytes()));
  }
  if (writer.bytes().size() > 0xffff) return std::unexpected(WireError::list_too_long);
  return ProtocolList(writer.take());
}

void ProtocolList::write_to(ByteWriter& writer) const {
  writer.write_u16(static_cast<std::uint16_t>(names_.size()));
  writer.write(names_);
}

std::string to_text(ProtocolListView list) {
  std::string text;
  for (const ProtocolIdView id : list) {
    if (!text.empty()) text += ',';
    text += to_text(id);
  }
  return text;
}

}  // namespace simplon
