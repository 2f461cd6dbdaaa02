// Addresses as the configuration writes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

namespace simplon::config {

/// Where a listener binds.
struct ListenAddress {
  std::string ip;           ///< an IPv4 or IPv6 literal in canonical form, without brackets
  std::uint16_t port = 0;   ///< 0: the kernel chooses
  bool dual_stack = false;  ///< `[::]`: IPv4 clients too
  std::string text;         ///< as written

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// A backend reached over TCP.
struct HostPort {
  std::string host;  ///< a host name, or an IPv4 or IPv6 literal without brackets
  std::uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// A backend behind a Unix domain socket.
struct UnixSocket {
  std::filesystem::path path;

  friend bool operator==(const UnixSocket&, const UnixSocket&) = default;
};

/// Where the admin server binds.
struct AdminAddress {
  std::variant<ListenAddress, UnixSocket> address;
  std::string text;  ///< as written

  /// Whether only this machine reaches it: a loopback address, or a Unix socket.
  [[nodiscard]] bool is_local() const noexcept;

  friend bool operator==(const AdminAddress&, const AdminAddress&) = default;
};

/// Where a connection goes.
struct Backend {
  std::variant<HostPort, UnixSocket> address;
  std::string text;  ///< as written; what log and metrics say

  friend bool operator==(const Backend&, const Backend&) = default;
};

/// `127.0.0.1:443`, `[2001:db8::1]:443`, `[::]:443` (dual stack), `:443` (the same). Fails with a message that says how
/// to mend it.
[[nodiscard]] std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);

/// What a listener may have, or `unix:/path`, where a relative path is relative to `folder`. Fails likewise.
[[nodiscard]] std::expected<AdminAddress, std::string> parse_admin_address(std::string_view text,
                                                                           const std::filesystem::path& folder);

/// `host:port`, `[v6]:port`, or `unix:/path`, where a relative path is relative to `folder`. Fails likewise.
[[nodiscard]] std::expected<Backend, std::string> parse_backend(std::string_view text,
                                                                const std::filesystem::path& folder);

/// A backend of HTTP and how it is spoken to.
struct BackendUrl {
  bool h2c = false;  ///< HTTP/2 by prior knowledge (RFC 9113 §3.3); otherwise HTTP/1.1
  Backend backend;

  friend bool operator==(const BackendUrl&, const BackendUrl&) = default;
};

/// `http://host`, `http://host:port` or `http://unix:/path`, where a relative path is relative to `folder`, or the same
/// with `h2c`; nothing after it but `/`. Fails likewise.
[[nodiscard]] std::expected<BackendUrl, std::string> parse_backend_url(std::string_view text,
                                                                       const std::filesystem::path& folder);

/// The IP addresses that begin with the same bits. IPv4 is kept as `::ffff:0:0/96` has it (RFC 4291 §2.5.5.2).
struct Network {
  std::array<std::byte, 16> address{};  ///< in network byte order
  unsigned prefix = 128;                ///< how many of its bits count

  [[nodiscard]] bool contains(const std::array<std::byte, 16>& other) const noexcept;
};

/// An IP address, or one with `/prefix` behind it. Fails likewise.
[[nodiscard]] std::expected<Network, std::string> parse_network(std::string_view text);

}  // namespace simplon::config
