#include "probe/target.hpp"

#include "net/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace simplon::probe {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_host(std::string_view host) {
  const auto allowed = [](char c) { return c > 0x20 && c < 0x7f && c != '[' && c != ']' && c != '/'; };
  return !host.empty() && host.size() <= 253 && host.front() != '-' && std::ranges::all_of(host, allowed);
}

}  // namespace

std::optional<Target> Target::parse(std::string_view text) {
  Target target;
  std::string_view port;
  const auto colons = std::ranges::count(text, ':');
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    target.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    if (!net::Endpoint::from_ip(target.host, 1)) return std::nullopt;
  } else if (colons == 1) {
    target.host = text.substr(0, text.find(':'));
    port = text.substr(target.host.size());
  } else {
    target.host = text;
    if (colons > 1 && !net::Endpoint::from_ip(target.host, 1)) return std::nullopt;
  }
  if (!port.empty()) {
    const auto number = parse_port(port.substr(1));
    if (!number) return std::nullopt;
    target.port = *number;
  }
  if (!is_host(target.host)) return std::nullopt;
  return target;
}

std::string Target::to_text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::optional<std::string> Target::server_name() const {
  if (net::Endpoint::from_ip(host, port)) return std::nullopt;
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

}  // namespace simplon::probe
