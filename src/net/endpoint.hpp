// Socket addresses of any family.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon::net {

/// An IP address in network byte order; IPv4 as `::ffff:0:0/96` has it (RFC 4291 §2.5.5.2).
using IpBytes = std::array<std::byte, 16>;

/// An IPv4, IPv6 or Unix domain address as the kernel takes it.
class Endpoint {
 public:
  Endpoint() noexcept = default;
  /// Copies what a system call or the resolver filled in.
  Endpoint(const sockaddr* address, socklen_t size) noexcept;

  /// Nothing when `host` is no IP literal.
  [[nodiscard]] static std::optional<Endpoint> from_ip(const std::string& host, std::uint16_t port);
  /// `address` has 4 or 16 bytes, in network byte order.
  [[nodiscard]] static Endpoint from_bytes(Bytes address, std::uint16_t port) noexcept;
  /// Nothing when `path` is longer than a Unix domain address can hold.
  [[nodiscard]] static std::optional<Endpoint> from_path(const std::string& path);

  [[nodiscard]] const sockaddr* address() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
  [[nodiscard]] bool is_ip() const noexcept { return family() == AF_INET || family() == AF_INET6; }
  /// An IPv4 address, or an IPv6 one that stands for it, which is what a dual-stack listener sees of an IPv4 client.
  [[nodiscard]] bool is_ipv4() const noexcept;
  /// An IP address that this machine alone can have (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
  [[nodiscard]] bool is_loopback() const noexcept;
  /// To be asked of an IP address only.
  [[nodiscard]] IpBytes ip() const noexcept;
  /// 0 where there is none.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// "192.0.2.1", "2001:db8::1"; an IPv4 client of a dual-stack listener reads as IPv4.
  [[nodiscard]] std::string address_text() const;
  /// "192.0.2.1:443", "[2001:db8::1]:443"; an IPv4 client of a dual-stack listener reads as IPv4.
  [[nodiscard]] std::string to_text() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace simplon::net
