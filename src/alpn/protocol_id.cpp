#include "simplon/alpn/protocol_id.hpp"

namespace simplon {

namespace {

constexpr std::string_view upper_digits = "0123456789ABCDEF";

constexpr bool stands_for_itself(char c) noexcept {
  return c >= 0x21 && c <= 0x7e && c != '%' && c != ',' && c != '"' && c != '\\';
}

constexpr std::optional<unsigned> digit_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

std::string to_text(ProtocolIdView id) {
  std::string text;
  text.reserve(id.size());
  for (const char c : id.bytes()) {
    if (stands_for_itself(c)) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', upper_digits[byte >> 4], upper_digits[byte & 0x0f]};
    }
  }
  return text;
}

std::expected<ProtocolId, WireError> parse_text(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    if (stands_for_itself(text[0])) {
      bytes += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text[0] != '%' || text.size() < 3) return std::unexpected(WireError::bad_escape);
    const auto high = digit_value(text[1]);
    const auto low = digit_value(text[2]);
    if (!high || !low) return std::unexpected(WireError::bad_escape);
    bytes += static_cast<char>(*high << 4 | *low);
    text.remove_prefix(3);
  }
  return ProtocolId::from(bytes);
}

}  // namespace simplon
