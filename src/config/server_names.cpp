#include "config/server_names.hpp"

#include "config/spelling.hpp"
#include "simplon/hello/server_name.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace simplon::config {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

bool is_host_name(std::string_view text) noexcept { return ServerName::from(as_bytes(text)).has_value(); }

std::expected<std::string, std::string> parse_server_name(std::string_view text) {
  if (text == "*") return std::string(text);
  std::string_view name = text;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (std::ranges::any_of(name, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; })) {
    return std::unexpected(fmt::format(
        "{} is not ASCII: clients send A-labels (RFC 6066 §3), so write the name's \"xn--\" form", quote(text)));
  }
  if (name.find('*') != std::string_view::npos) {
    return std::unexpected(
        fmt::format("{} has a \"*\" that is not its whole first label: write \"*.example.com\", or \"*\" alone for any "
                    "name",
                    quote(text)));
  }
  if (name.starts_with('[') || name.find(':') != std::string_view::npos ||
      std::ranges::all_of(name, [](char c) { return is_digit(c) || c == '.'; })) {
    return std::unexpected(fmt::format(
        "{} is no server name: clients never send an IP address or a port there (RFC 6066 §3); leave `sni` out for "
        "clients without a name",
        quote(text)));
  }
  if (name.ends_with('.') || !is_host_name(name)) {
    return std::unexpected(fmt::format(
        "{} is no server name: write labels of 1 to 63 letters, digits, \"-\" or \"_\", joined by dots, 253 bytes at "
        "most",
        quote(text)));
  }
  std::string lower(text.substr(0, text.ends_with('.') ? text.size() - 1 : text.size()));
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

}  // namespace simplon::config
