#include "config/addresses.hpp"

#include "config/server_names.hpp"
#include "config/spelling.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

namespace simplon::config {

namespace {

constexpr std::string_view unix_prefix = "unix:";

// Host and port of "host:port", "[v6]:port" or ":port".
struct Split {
  std::string host;
  bool bracketed = false;
  std::uint16_t port = 0;
};

// The canonical form of an IP literal, or nothing.
std::optional<std::string> canonical_ip(const std::string& text, int family) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (text.find('\0') != std::string::npos || inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_ntop(family, bytes.data(), out.data(), out.size()) == nullptr) return std::nullopt;
  return std::string(out.data());
}

// `ip` in canonical form: 127.0.0.0/8 (RFC 1122 §3.2.1.3) or ::1 (RFC 4291 §2.5.3).
bool is_loopback(std::string_view ip) { return ip.starts_with("127.") || ip == "::1"; }

// Digits and dots: meant as an IPv4 address, but none. Resolvers differ on what to make of it.
bool is_numeric(std::string_view host) { return host.find_first_not_of("0123456789.") == std::string_view::npos; }

std::expected<std::uint16_t, std::string> parse_port(std::string_view address, std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::unexpected(
        fmt::format("{} has no valid port: write host:port with a port up to 65535", quote(address)));
  }
  return port;
}

std::expected<Split, std::string> split(std::string_view text) {
  Split result;
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return std::unexpected(fmt::format("{} lacks its \"]\"", quote(text)));
    const auto ip = canonical_ip(std::string(rest.substr(1, close - 1)), AF_INET6);
    if (!ip) return std::unexpected(fmt::format("{} has no IPv6 address between its brackets", quote(text)));
    result.host = *ip;
    result.bracketed = true;
    rest.remove_prefix(close + 1);
    if (!rest.starts_with(':')) return std::unexpected(fmt::format("{} lacks a port: write [v6]:port", quote(text)));
  } else {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) {
      return std::unexpected(fmt::format("{} lacks a port: write host:port", quote(text)));
    }
    if (rest.find(':', colon + 1) != std::string_view::npos) {
      return std::unexpected(
          fmt::format("{} has more than one \":\": write an IPv6 address in brackets, [v6]:port", quote(text)));
    }
    result.host = rest.substr(0, colon);
    rest.remove_prefix(colon);
  }
  const auto port = parse_port(text, rest.substr(1));
  if (!port) return std::unexpected(port.error());
  result.port = *port;
  return result;
}

std::expected<HostPort, std::string> parse_host_port(std::string_view whole, std::string_view text) {
  auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  if (parts->host.empty()) {
    return std::unexpected(fmt::format("{} lacks a host: write 127.0.0.1:{}", quote(whole), parts->port));
  }
  if (parts->port == 0) return std::unexpected(fmt::format("{} has port 0, which no backend has", quote(whole)));
  if (!parts->bracketed) {
    if (const auto ip = canonical_ip(parts->host, AF_INET)) {
      parts->host = *ip;
    } else if (!is_host_name(parts->host) || is_numeric(parts->host)) {
      return std::unexpected(
          fmt::format("{} is neither a host name nor an IP address (in {})", quote(parts->host), quote(whole)));
    }
  }
  return HostPort{.host = std::move(parts->host), .port = parts->port};
}

// The socket at `path`, which `whole` names.
std::expected<UnixSocket, std::string> parse_unix_socket(std::string_view whole, std::string_view path,
                                                         const std::filesystem::path& folder) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return std::unexpected(fmt::format("{} lacks a path: write unix:/path", quote(whole)));
  }
  UnixSocket socket{.path = (folder / path).lexically_normal()};
  // sun_path holds the terminating NUL too.
  if (socket.path.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return std::unexpected(fmt::format("the path of {} is too long: a Unix socket's has {} bytes at most", quote(whole),
                                       sizeof(sockaddr_un::sun_path) - 1));
  }
  return socket;
}

}  // namespace

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    return std::unexpected("a listener needs an IP address and a port, such as \"127.0.0.1:8443\" or \"[::]:443\"");
  }
  auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  ListenAddress address{.ip = "::", .port = parts->port, .dual_stack = false, .text = std::string(text)};
  if (parts->bracketed) {
    address.ip = std::move(parts->host);
  } else if (!parts->host.empty()) {
    auto ip = canonical_ip(parts->host, AF_INET);
    if (!ip) {
      return std::unexpected(fmt::format(
          "{} is no IP address: a listener needs one, such as \"127.0.0.1:{}\", or \"[::]:{}\" for all of them",
          quote(parts->host), parts->port, parts->port));
    }
    address.ip = std::move(*ip);
  }
  address.dual_stack = address.ip == "::";
  return address;
}

std::expected<AdminAddress, std::string> parse_admin_address(std::string_view text,
                                                             const std::filesystem::path& folder) {
  if (text.starts_with(unix_prefix)) {
    auto socket = parse_unix_socket(text, text.substr(unix_prefix.size()), folder);
    if (!socket) return std::unexpected(socket.error());
    return AdminAddress{.address = std::move(*socket), .text = std::string(text)};
  }
  auto address = parse_listen_address(text);
  if (!address) {
    return std::unexpected(fmt::format(
        "{} is no address for the admin server: write an IP address and a port, such as \"127.0.0.1:9901\" or "
        "\"[::1]:9901\", or unix:/path",
        quote(text)));
  }
  return AdminAddress{.address = std::move(*address), .text = std::string(text)};
}

bool AdminAddress::is_local() const noexcept {
  const auto* const ip = std::get_if<ListenAddress>(&address);
  return ip == nullptr || is_loopback(ip->ip);
}

std::expected<Backend, std::string> parse_backend(std::string_view text, const std::filesystem::path& folder) {
  if (!text.starts_with(unix_prefix)) {
    auto address = parse_host_port(text, text);
    if (!address) return std::unexpected(address.error());
    return Backend{.address = std::move(*address), .text = std::string(text)};
  }
  auto socket = parse_unix_socket(text, text.substr(unix_prefix.size()), folder);
  if (!socket) return std::unexpected(socket.error());
  return Backend{.address = std::move(*socket), .text = std::string(text)};
}

std::expected<BackendUrl, std::string> parse_backend_url(std::string_view text, const std::filesystem::path& folder) {
  constexpr std::string_view http = "http://";
  constexpr std::string_view h2c = "h2c://";
  const bool is_h2c = text.starts_with(h2c);
  if (text.starts_with("https://")) {
    return std::unexpected(fmt::format(
        "{} asks for TLS to the backend, which is not available in this version: write http://host:port", quote(text)));
  }
  if (!is_h2c && !text.starts_with(http)) {
    return std::unexpected(
        fmt::format("{} is no URL of a backend: write http://host:port or h2c://host:port", quote(text)));
  }
  std::string_view rest = text.substr(is_h2c ? h2c.size() : http.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.starts_with(unix_prefix)) {
    rest.remove_prefix(unix_prefix.size());
    // ":/" ends the socket's path in nginx, and what follows is another path.
    if (rest.ends_with(':') || rest.find(":/") != std::string_view::npos ||
        rest.find_first_of("?#") != std::string_view::npos) {
      return std::unexpected(
          fmt::format("{} has more than the path of a socket: write http://unix:/path", quote(text)));
    }
    auto socket = parse_unix_socket(text, rest, folder);
    if (!socket) return std::unexpected(socket.error());
    return BackendUrl{.h2c = is_h2c, .backend = {.address = std::move(*socket), .text = std::string(text)}};
  }
  if (rest.find_first_of("/?#@") != std::string_view::npos) {
    return std::unexpected(fmt::format("{} has more than a host and a port: write http://host:port", quote(text)));
  }
  // RFC 9110 §4.2.1: port 80 where none is named.
  const bool has_port = rest.rfind(':') != std::string_view::npos && !rest.ends_with(']');
  auto address = parse_host_port(text, has_port ? std::string(rest) : fmt::format("{}:80", rest));
  if (!address) return std::unexpected(address.error());
  return BackendUrl{.h2c = is_h2c, .backend = {.address = std::move(*address), .text = std::string(text)}};
}

bool Network::contains(const std::array<std::byte, 16>& other) const noexcept {
  const std::size_t whole = prefix / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), other.begin())) return false;
  const unsigned rest = prefix % 8;
  return rest == 0 || ((address[whole] ^ other[whole]) >> (8 - rest)) == std::byte{0};
}

std::expected<Network, std::string> parse_network(std::string_view text) {
  constexpr unsigned v4_prefix = 96;
  const std::size_t slash = text.find('/');
  const std::string ip(text.substr(0, slash));
  const auto v4 = canonical_ip(ip, AF_INET);
  const auto v6 = v4 ? canonical_ip("::ffff:" + *v4, AF_INET6) : canonical_ip(ip, AF_INET6);
  if (!v6) {
    return std::unexpected(fmt::format("{} is no IP address or network, such as \"10.0.0.0/8\"", quote(text)));
  }
  Network network;
  inet_pton(AF_INET6, v6->c_str(), network.address.data());
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  const unsigned most = v4 ? 32 : 128;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
  if (error != std::errc{} || end != digits.data() + digits.size() || network.prefix > most) {
    return std::unexpected(fmt::format("{} has no valid prefix length: 0 to {}", quote(text), most));
  }
  if (v4) network.prefix += v4_prefix;
  return network;
}

}  // namespace simplon::config
