#include "gateway/client_counts.hpp"

#include <cstring>

namespace simplon::gateway {

ClientCounts::Key ClientCounts::key_of(const net::Endpoint& client) noexcept {
  std::uint64_t key = 0;
  if (client.family() == AF_INET) {
    std::memcpy(&key, &reinterpret_cast<const sockaddr_in*>(client.address())->sin_addr, 4);
    return key;
  }
  const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(client.address())->sin6_addr;
  // An IPv4 client of a dual-stack listener counts as its IPv4 address.
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::memcpy(&key, &address.s6_addr[12], 4);
  } else {
    std::memcpy(&key, &address, 8);
  }
  return key;
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

void ClientCounts::remove(const net::Endpoint& client) {
  const Key key = key_of(client);
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  const auto found = part.counts.find(key);
  if (found != part.counts.end() && --found->second == 0) part.counts.erase(found);
}

}  // namespace simplon::gateway
