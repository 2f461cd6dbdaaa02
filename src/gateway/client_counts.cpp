#include "gateway/client_counts.hpp"

#include <bit>
#include <cstring>

namespace simplon::gateway {

ClientCounts::Key ClientCounts::key_of(const net::Endpoint& client) noexcept {
  std::array<std::byte, 8> key;
  // An IPv4 address stands behind a prefix that no IPv6 client can have: ff00::/8 is multicast (RFC 4291 §2.7).
  key.fill(std::byte{0xff});
  if (client.family() == AF_INET) {
    std::memcpy(&key[4], &reinterpret_cast<const sockaddr_in*>(client.address())->sin_addr, 4);
    return std::bit_cast<Key>(key);
  }
  const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(client.address())->sin6_addr;
  // An IPv4 client of a dual-stack listener counts as its IPv4 address.
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::memcpy(&key[4], &address.s6_addr[12], 4);
  } else {
    std::memcpy(key.data(), &address, 8);
  }
  return std::bit_cast<Key>(key);
}

bool ClientCounts::add(const net::Endpoint& client, std::uint32_t limit) {
  const Key key = key_of(client);
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  std::uint32_t& count = part.counts[key];
  if (count >= limit) return false;
  ++count;
  return true;
}

bool ClientCounts::arrive(const net::Endpoint& client, std::uint32_t limit, std::chrono::seconds now) {
  const Key key = key_of(client);
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  if (part.second != now) part.arrivals.clear();
  part.second = now;
  std::uint32_t& count = part.arrivals[key];
  if (count >= limit) return false;
  ++count;
  return true;
}

void ClientCounts::remove(const net::Endpoint& client) {
  const Key key = key_of(client);
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.counts.find(key);
  if (found != part.counts.end() && --found->second == 0) part.counts.erase(found);
}

}  // namespace simplon::gateway
