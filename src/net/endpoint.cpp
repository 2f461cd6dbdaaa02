#include "net/endpoint.hpp"

#include <cstddef>
#include <cstring>

#include <arpa/inet.h>
#include <sys/un.h>

namespace simplon::net {

Endpoint::Endpoint(const sockaddr* address, socklen_t size) noexcept : size_(size) {
  std::memcpy(&storage_, address, size);
}

std::optional<Endpoint> Endpoint::from_ip(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return Endpoint(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return Endpoint(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
  return std::nullopt;
}

Endpoint Endpoint::from_bytes(Bytes address, std::uint16_t port) noexcept {
  if (address.size() == sizeof(in_addr)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.data(), sizeof(in_addr));
    return {reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, address.data(), sizeof(in6_addr));
  return {reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
}

std::optional<Endpoint> Endpoint::from_path(const std::string& path) {
  sockaddr_un local{};
  if (path.size() >= sizeof local.sun_path) return std::nullopt;
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  return Endpoint(reinterpret_cast<const sockaddr*>(&local),
                  static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1));
}

bool Endpoint::is_ipv4() const noexcept {
  if (family() != AF_INET6) return family() == AF_INET;
  const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  return IN6_IS_ADDR_V4MAPPED(&address);
}

bool Endpoint::is_loopback() const noexcept {
  if (!is_ip()) return false;
  const IpBytes bytes = ip();
  if (is_ipv4()) return bytes[12] == std::byte{127};
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr);
}

IpBytes Endpoint::ip() const noexcept {
  IpBytes bytes{};
  if (family() == AF_INET) {
    bytes[10] = bytes[11] = std::byte{0xff};
    std::memcpy(&bytes[12], &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr, sizeof(in_addr));
  } else {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr, sizeof(in6_addr));
  }
  return bytes;
}

std::uint16_t Endpoint::port() const noexcept {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(storage_).sin6_port);
  return 0;
}

std::string Endpoint::address_text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    return inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr, text, sizeof text);
  }
  if (family() != AF_INET6) return "unix";
  const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  const bool mapped = is_ipv4();
  return inet_ntop(mapped ? AF_INET : AF_INET6, &address.s6_addr[mapped ? 12 : 0], text, sizeof text);
}

std::string Endpoint::to_text() const {
  const std::string address = address_text();
  if (!is_ip()) return address;
  return (address.find(':') == std::string::npos ? address : '[' + address + ']') + ':' + std::to_string(port());
}

}  // namespace simplon::net
