// A shard's connections to HTTP backends.
#pragma once

#include "net/backend.hpp"
#include "serve/proxy/backend_connection.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace simplon::serve::proxy {

/// Knows which connections can take a request. Outlives them all; belongs to one shard.
class BackendPool {
 public:
  BackendPool() = default;
  BackendPool(const BackendPool&) = delete;
  BackendPool& operator=(const BackendPool&) = delete;

  /// A connection to `backend` that can take a request now, or null; the one used last, so that others may grow old.
  [[nodiscard]] std::shared_ptr<BackendConnection> find(const net::Backend& backend);
  /// `connection` can take a request.
  void offer(BackendConnection& connection);
  /// Several requests for one HTTP/2 backend need not each make a connection. True where one is being made: `then` is
  /// called when that has ended, with the failure or null. Otherwise the caller makes one, and says `made`.
  [[nodiscard]] bool join(const net::Backend& backend, std::function<void(const net::DialError* failure)> then);
  void made(const net::Backend& backend, const net::DialError* failure);
  /// How many unused connections are kept for each backend.
  void keep_at_most(std::size_t connections) noexcept { most_ = connections; }
  /// Ends all connections, those with requests under way too, and every one that is still to come.
  void close();

 private:
  friend class BackendConnection;

  void enlist(BackendConnection& connection);
  void remove(BackendConnection& connection);

  std::unordered_map<const net::Backend*, std::vector<BackendConnection*>> available_;
  std::unordered_map<const net::Backend*, std::vector<std::function<void(const net::DialError*)>>> being_made_;
  std::vector<BackendConnection*> all_;
  std::size_t most_ = 64;
  bool closed_ = false;
};

}  // namespace simplon::serve::proxy
