#include "simplon/hello/server_name.hpp"

#include <algorithm>

namespace simplon {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// What `c` becomes in a label; nothing when it may not stand in one.
constexpr std::optional<char> label_character(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  if ((c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_') return c;
  return std::nullopt;
}

/// Four decimal numbers of up to three digits and no more than 255 (RFC 1123 §2.1).
constexpr bool is_dotted_quad(std::string_view name) noexcept {
  for (int part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < 3 && digits < name.size() && is_digit(name[digits]))
      value = value * 10 + (name[digits++] - '0');
    if (digits == 0 || value > 255) return false;
    name.remove_prefix(digits);
    if (part == 3) break;
    if (!name.starts_with('.')) return false;
    name.remove_prefix(1);
  }
  return name.empty();
}

}  // namespace

std::optional<ServerName> ServerName::from(Bytes host_name) noexcept {
  constexpr std::size_t longest_label = 63;
  std::string_view sent = as_text(host_name);
  if (sent.ends_with('.')) sent.remove_suffix(1);
  if (sent.empty() || sent.size() > max_size) return std::nullopt;
  ServerName name;
  std::size_t label = 0;
  for (const char c : sent) {
    if (c == '.') {
      if (label == 0) return std::nullopt;
      label = 0;
      name.text_[name.size_++] = c;
      continue;
    }
    const auto folded = label_character(c);
    if (!folded || ++label > longest_label) return std::nullopt;
    name.text_[name.size_++] = *folded;
  }
  if (label == 0 || is_dotted_quad(name.text())) return std::nullopt;
  return name;
}

}  // namespace simplon
