// How many connections each client has and makes: the one table that shards share, touched when a connection comes and
// goes.
#pragma once

#include "net/endpoint.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace simplon::gateway {

/// Counts by IPv4 address, or by IPv6 /64, which is what one subscriber has.
class ClientCounts {
 public:
  /// Counts one more unless the client has `limit` already; whether it was counted.
  [[nodiscard]] bool add(const net::Endpoint& client, std::uint32_t limit);
  void remove(const net::Endpoint& client);
  /// Counts one that is made in the second `now`, unless the client has made `limit` in it already; whether it was
  /// counted.
  [[nodiscard]] bool arrive(const net::Endpoint& client, std::uint32_t limit, std::chrono::seconds now);

 private:
  using Key = std::uint64_t;
  struct Part {
    std::mutex mutex;
    std::unordered_map<Key, std::uint32_t> counts;
    std::chrono::seconds second{0};  // the one that is counted, so that only who came in it is remembered
    std::unordered_map<Key, std::uint32_t> arrivals;
  };

  static Key key_of(const net::Endpoint& client) noexcept;
  Part& part_of(Key key) noexcept { return parts_[std::hash<Key>{}(key * 0x9e3779b97f4a7c15U) >> 60]; }

  std::array<Part, 16> parts_;
};

}  // namespace simplon::gateway
