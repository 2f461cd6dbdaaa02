// Backends: where connections go, which of several is next, and how to reach it.
#pragma once

#include "net/deadline.hpp"
#include "net/endpoint.hpp"
#include "net/resolver.hpp"
#include "net/socket.hpp"
#include "record/counters.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simplon::net {

/// One backend of a group.
struct Backend {
  std::string text;                  ///< as configured; what log and metrics say
  std::optional<Endpoint> endpoint;  ///< an IP literal or a Unix socket; nothing: `host` is to be resolved
  std::string host;
  std::uint16_t port = 0;
};

/// Indices into a group.
using BackendOrder = std::vector<std::size_t, RecyclingAllocator<std::size_t>>;

/// The backends of one route, taken in turn by all shards. One that could not be reached is set aside for a second,
/// then for twice as long, up to half a minute; it is still tried when all are set aside.
class BackendGroup {
 public:
  explicit BackendGroup(std::vector<Backend> backends);

  /// How many there are, one at least.
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  /// The order in which one connection tries them: the next in turn first, those set aside last.
  [[nodiscard]] BackendOrder order() const;
  [[nodiscard]] const Backend& backend(std::size_t index) const noexcept { return members_[index].backend; }
  /// Remembers how an attempt ended. Health is shared knowledge about the world, not configuration, hence `const`.
  void report(std::size_t index, bool reached) const noexcept;
  /// How often in a row it could not be reached, and for how much longer it is set aside.
  struct Health {
    std::uint32_t failures = 0;
    std::chrono::milliseconds aside{0};
  };
  [[nodiscard]] Health health(std::size_t index) const noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  struct Member {
    Backend backend;
    mutable std::atomic<std::uint32_t> failures{0};
    mutable std::atomic<Clock::duration::rep> aside_until{0};
  };

  std::vector<Member> members_;
  mutable std::atomic<std::size_t> turn_{0};
};

/// Why no backend could be reached.
struct DialError {
  bool timed_out = false;
  bool not_tried = false;  ///< for want of descriptors, memory or a place in its queue, or because the client was given
                           ///< up: not its fault
  std::string backend;     ///< the last one tried
  std::string detail;      ///< for the log: "Connection refused", "Name or service not known"
};

/// A connection to a backend.
struct Dialed {
  std::unique_ptr<Socket> socket;
  const Backend* backend = nullptr;  ///< in the group
  std::size_t index = 0;             ///< of it
  std::size_t sent = 0;              ///< so many bytes of what was to be said first, or none yet
};

/// What dialing needs of its shard.
struct Dialer {
  Poller& poller;
  Deadlines& deadlines;
  Resolver& resolver;
  record::Counters* counters = nullptr;  ///< of who counts what could not be reached
};

/// Connects to the first backend of `group` that can be reached, in this order, every address of each tried for at most
/// `timeout`. Aborting `client` gives up. `first` is what the backend is going to be told; it may have been sent
/// already where that saves a wait. `group` and `first` must outlive the task.
[[nodiscard]] Task<std::expected<Dialed, DialError>> dial(Dialer dialer, const BackendGroup& group, BackendOrder order,
                                                          std::chrono::milliseconds timeout, Socket& client,
                                                          Bytes first = {});

/// Likewise in the order that is due.
[[nodiscard]] Task<std::expected<Dialed, DialError>> dial(Dialer dialer, const BackendGroup& group,
                                                          std::chrono::milliseconds timeout, Socket& client,
                                                          Bytes first = {});

}  // namespace simplon::net
