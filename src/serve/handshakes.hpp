// How many handshakes are under way. Private to this layer and the gateway's.
#pragma once

#include <atomic>
#include <cstdint>

namespace simplon::serve {

/// Of all shards; its functions are for any thread.
class Handshakes {
 public:
  /// So many at once are a crowd, until no more than an eighth of it is left.
  static constexpr std::uint32_t crowd = 256;

  /// Counts one more. Returns how many there were before.
  std::uint32_t begin() noexcept {
    const std::uint32_t before = under_way_.fetch_add(1, std::memory_order_relaxed);
    if (before + 1 == crowd) crowded_.store(true, std::memory_order_relaxed);
    return before;
  }
  void end() noexcept {
    const std::uint32_t left = under_way_.fetch_sub(1, std::memory_order_relaxed) - 1;
    if (left == crowd / 8 && crowded_.exchange(false, std::memory_order_relaxed)) wake();
  }

  /// Returns once a crowd has gone since the last call, or several, or `wake` was called. For one thread.
  void wait_for_dispersal() noexcept {
    dispersed_.wait(false);
    dispersed_.store(false);
  }
  void wake() noexcept {
    dispersed_.store(true);
    dispersed_.notify_one();
  }

 private:
  std::atomic<std::uint32_t> under_way_{0};
  std::atomic<bool> crowded_{false};
  std::atomic<bool> dispersed_{false};
};

}  // namespace simplon::serve
