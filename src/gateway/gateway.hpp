// The gateway: shards, their threads, and the end of both.
#pragma once

#include "admin/server.hpp"
#include "gateway/shard.hpp"
#include "net/endpoint.hpp"

#include <atomic>
#include <condition_variable>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace simplon::gateway {

/// Serves from `start` until `stop` has drained it. Its functions may be called from any thread.
class Gateway {
 public:
  /// Says what happens to the gateway itself; called from any shard's thread.
  using Note = std::function<void(std::string_view event, std::string_view message)>;

  /// Binds every listener, gives up root for `[server] user`, and starts a thread for each shard. `recorder` must
  /// outlive the gateway. Fails with a sentence for the operator.
  [[nodiscard]] static std::expected<std::unique_ptr<Gateway>, std::string> start(
      std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder, Note note);

  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  /// The address of each listener, with the port that the kernel chose.
  [[nodiscard]] const std::vector<net::Endpoint>& addresses() const noexcept { return addresses_; }
  /// Where the admin server listens; nothing where there is none.
  [[nodiscard]] std::optional<std::string> admin_address() const;
  [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }
  /// Connections alive.
  [[nodiscard]] std::uint32_t connections() const noexcept { return shared_.connections; }

  /// Stops accepting, waits for connections to finish for at most `drain_timeout`, then ends them. Returns when the
  /// last one is gone, until when the admin server answers.
  void stop();

 private:
  Gateway(std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder, Note note);

  void run_shards();
  void serve_admin(admin::Listening listening, std::optional<admin::Token> token);
  [[nodiscard]] admin::Watched watched();

  Shared shared_;
  std::vector<net::Endpoint> addresses_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::thread> threads_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<admin::Server> admin_;  // ends before the shards that it tells of
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

}  // namespace simplon::gateway
