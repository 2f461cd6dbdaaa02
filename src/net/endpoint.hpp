// Socket addresses of any family.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace simplon::net {

/// An IPv4, IPv6 or Unix domain address as the kernel takes it.
class Endpoint {
 public:
  Endpoint() noexcept = default;
  /// Copies what a system call or the resolver filled in.
  Endpoint(const sockaddr* address, socklen_t size) noexcept;

  /// Nothing when `host` is no IP literal.
  [[nodiscard]] static std::optional<Endpoint> from_ip(const std::string& host, std::uint16_t port);
  /// Nothing when `path` is longer than a Unix domain address can hold.
  [[nodiscard]] static std::optional<Endpoint> from_path(const std::string& path);

  [[nodiscard]] const sockaddr* address() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  [[nodiscard]] int family() const noexcept { return storage_.ss_family; }
  [[nodiscard]] bool is_ip() const noexcept { return family() == AF_INET || family() == AF_INET6; }
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
