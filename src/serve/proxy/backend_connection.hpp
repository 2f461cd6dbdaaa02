// A connection to an HTTP backend, kept for one request after the other.
#pragma once

#include "net/backend.hpp"
#include "net/deadline.hpp"
#include "net/socket.hpp"
#include "serve/converse.hpp"
#include "serve/http/session.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>

namespace simplon::serve::proxy {

class BackendPool;

/// Lives as long as its coroutine runs; the pool knows it while it can take requests.
class BackendConnection final : public std::enable_shared_from_this<BackendConnection>, private Listener {
 public:
  /// What a connection needs of its shard and its configuration.
  struct Settings {
    net::Deadlines& deadlines;
    std::span<std::byte> scratch;
    std::chrono::milliseconds idle_timeout;
  };

  /// `backend` belongs to `group`.
  BackendConnection(BackendPool& pool, std::shared_ptr<const net::BackendGroup> group, const net::Backend& backend,
                    std::unique_ptr<net::Socket> socket, std::unique_ptr<http::ClientSession> session,
                    const Settings& settings);
  BackendConnection(const BackendConnection&) = delete;
  BackendConnection& operator=(const BackendConnection&) = delete;
  ~BackendConnection();

  [[nodiscard]] const net::Backend& backend() const noexcept { return backend_; }
  [[nodiscard]] http::ClientSession& session() noexcept { return *session_; }
  /// Whether it can take a request more.
  [[nodiscard]] bool has_capacity() const { return !socket_->aborted() && session_->capacity() > 0; }
  /// Whether the backend has neither closed it meanwhile nor said anything unasked; to be called while it is unused.
  [[nodiscard]] bool is_open() const noexcept;
  void start(std::shared_ptr<http::Exchange> exchange);
  /// Ends it; what is under way fails.
  void abort() noexcept { socket_->abort(); }

  /// Carries its bytes to the end.
  [[nodiscard]] static net::Task<void> run(std::shared_ptr<BackendConnection> self);

 private:
  friend class BackendPool;

  void look() override;
  void moved(std::size_t /*in*/, std::size_t /*out*/) override {}

  BackendPool& pool_;
  std::shared_ptr<const net::BackendGroup> group_;
  const net::Backend& backend_;
  std::unique_ptr<net::Socket> socket_;
  std::unique_ptr<http::ClientSession> session_;
  Settings settings_;
  std::optional<net::Deadline> idle_;
  bool listed_ = false;  // the pool's mark: it is among those that can take requests
};

}  // namespace simplon::serve::proxy
