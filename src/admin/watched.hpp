// What the admin server tells of.
#pragma once

#include "admin/metrics.hpp"
#include "admin/token.hpp"
#include "record/connection.hpp"
#include "serve/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::admin {

/// What a connection is busy with.
enum class Phase : std::uint8_t {
  hello,      ///< its ClientHello is not whole
  handshake,  ///< it is decided where it goes, and TLS does not stand yet
  open,       ///< anything after that
};

/// "hello", "handshake" or "open".
[[nodiscard]] std::string_view name_of(Phase phase) noexcept;

/// A connection while it lives.
struct LiveConnection {
  std::uint64_t id = 0;  ///< counts all connections, so the one that came later has the larger
  Phase phase = Phase::hello;
  std::chrono::microseconds age{0};
  record::Connection facts;
  std::shared_ptr<const serve::Snapshot> snapshot;  ///< holds some of their text
};

/// A part of the list of connections, newest first.
struct Page {
  static constexpr std::size_t default_size = 100;
  static constexpr std::size_t max_size = 1000;

  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();  ///< only ids below
  std::size_t size = default_size;
};

/// What answers are about. Its functions may be called from any thread.
struct Watched {
  std::function<Counted()> count;
  std::function<bool()> draining;
  std::function<std::vector<std::string>()> addresses;  ///< of the listeners, with the port that the kernel chose
  /// Of each shard, its part of a page. One that is busy answers late, one that has ended perhaps never.
  std::function<std::vector<std::future<std::vector<LiveConnection>>>(Page)> connections;
  std::size_t workers = 0;
  std::optional<Token> token;  ///< what clients have to show; nothing: nothing
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
};

}  // namespace simplon::admin
