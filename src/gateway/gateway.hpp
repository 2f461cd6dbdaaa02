// The gateway: shards, their threads, and the end of both.
#pragma once

#include "admin/server.hpp"
#include "gateway/listen.hpp"
#include "gateway/memory.hpp"
#include "gateway/shard.hpp"
#include "net/endpoint.hpp"
#include "record/ledger.hpp"
#include "record/reload.hpp"

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

/// Serves from `start` until `stop` has drained it. Its functions are for the thread that made it, but for those that
/// say otherwise.
class Gateway {
 public:
  /// Says what happens to the gateway itself; called from any shard's thread.
  using Note = std::function<void(std::string_view event, std::string_view message)>;

  /// Starts a thread for each shard, on what was bound for the snapshot's configuration. `recorder` must outlive the
  /// gateway.
  [[nodiscard]] static std::unique_ptr<Gateway> start(const std::shared_ptr<const serve::Snapshot>& snapshot,
                                                      serve::Recorder& recorder, Note note, Bound bound);
  /// Reads the admin server's token and binds every listener first. Fails with a sentence for the operator.
  [[nodiscard]] static std::expected<std::unique_ptr<Gateway>, std::string> start(
      const std::shared_ptr<const serve::Snapshot>& snapshot, serve::Recorder& recorder, Note note);

  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  /// The address of each listener, with the port that the kernel chose.
  [[nodiscard]] const std::vector<net::Endpoint>& addresses() const noexcept { return addresses_; }
  /// Where the admin server listens; nothing where there is none.
  [[nodiscard]] std::optional<std::string> admin_address() const;
  [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }
  /// What new connections are served by. From any thread.
  [[nodiscard]] std::shared_ptr<const serve::Snapshot> snapshot() const;
  /// Connections alive.
  [[nodiscard]] std::uint32_t connections() const noexcept { return shared_.connections; }

  /// Serves new connections by `snapshot` once it returns. Connections that are there keep the one they began with, and
  /// listeners whose address stays keep their sockets, so that nobody is refused. Fails with a sentence for the
  /// operator where an address can't be listened on; then nothing has changed.
  [[nodiscard]] std::expected<void, std::string> replace(std::shared_ptr<const serve::Snapshot> snapshot);
  /// Destroys replaced snapshots that no connection has any more, which is too much work for a shard.
  void sweep();

  /// What became of reloads, for the admin server.
  void note_reload(record::Reload reload);
  /// From any thread.
  [[nodiscard]] record::Reloads reloads() const;

  /// Stops accepting, waits for connections to finish for at most `drain_timeout`, then ends them. Returns when the
  /// last one is gone, until when the admin server answers.
  void stop();

 private:
  // An address that is listened on.
  struct Address {
    std::uint64_t id = 0;
    config::ListenAddress configured;
    net::Endpoint bound;
  };
  // The addresses of a configuration, and the shards' sockets of those that are new.
  struct Binding {
    std::vector<Address> addresses;
    std::vector<std::vector<Change::Listening>> listening;  // by shard
  };

  Gateway(std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder, Note note);

  [[nodiscard]] Binding begin_binding() const;
  void add(Binding& binding, std::uint32_t index, const config::ListenAddress& configured, const Listening& listening);
  std::expected<Binding, std::string> rebind(const std::vector<config::Listener>& listeners);
  // The one of this address that is not in `taken`.
  [[nodiscard]] const Address* find(const config::ListenAddress& address, const std::vector<Address>& taken) const;
  void adopt(std::vector<Address> addresses);
  [[nodiscard]] std::vector<std::string> address_texts() const;
  void run_shards();
  void serve_admin(admin::Listening listening, std::optional<admin::Token> token);
  [[nodiscard]] admin::Watched watched();

  record::Ledger ledger_;
  Shared shared_;
  Trimmer trimmer_{shared_.handshakes};
  std::uint64_t next_id_ = 0;
  std::vector<net::Endpoint> addresses_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<std::thread> threads_;
  std::vector<std::shared_ptr<const serve::Snapshot>> replaced_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<admin::Server> admin_;  // ends before the shards that it tells of
  mutable std::mutex mutex_;              // of what follows
  std::shared_ptr<const serve::Snapshot> snapshot_;
  std::vector<Address> listened_;  // written by the owner's thread alone
  record::Reloads reloads_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

}  // namespace simplon::gateway
