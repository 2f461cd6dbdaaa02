// One shard: a thread, its event loop, its listening sockets and its connections. Shards share nothing on the data
// path.
#pragma once

#include "admin/watched.hpp"
#include "gateway/client_counts.hpp"
#include "net/deadline.hpp"
#include "net/pipe_pool.hpp"
#include "net/poller.hpp"
#include "net/resolver.hpp"
#include "net/socket.hpp"
#include "record/ledger.hpp"
#include "serve/connection.hpp"
#include "serve/proxy/backend_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <vector>

namespace simplon::gateway {

/// What all shards share: counts touched when a connection comes and goes, and where to say things.
struct Shared {
  record::Ledger& ledger;
  serve::Recorder& recorder;
  std::function<void(std::string_view event, std::string_view message)> note;
  std::atomic<std::uint32_t> connections{0};
  serve::Handshakes handshakes = {};
  std::atomic<std::uint64_t> accepted{0};  ///< since the start
  ClientCounts clients;
};

/// What new connections are served by from now on.
struct Change {
  /// A listening socket of the shard's.
  struct Listening {
    std::uint64_t id = 0;           ///< of the address, for as long as it is listened on
    std::uint32_t index = 0;        ///< of the listener in the snapshot
    std::optional<int> descriptor;  ///< a new one, which the shard takes over; nothing: it has one
  };
  std::shared_ptr<const serve::Snapshot> snapshot;
  std::vector<Listening> listening;  ///< those that are not among them any more are closed
};

/// Made and started by the gateway; everything but what says otherwise happens on the thread that runs it.
class Shard {
 public:
  Shard(Shared& shared, std::shared_ptr<const serve::Snapshot> snapshot);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  /// Connections that are there keep the snapshot that they have. While it does not run, from any thread.
  void apply(Change change);
  /// Serves until told to stop and the last connection is gone.
  void run();

  /// Applies `change` between two connections; `then` is called when it is done, on the shard's thread. From any
  /// thread.
  void post(Change change, std::function<void()> then);

  /// Connections alive, newest first: those of `page`, and one more where there are more. From any thread.
  [[nodiscard]] std::future<std::vector<admin::LiveConnection>> list(admin::Page page);

  /// Closes the listening sockets and lets connections finish. From any thread.
  void stop();
  /// Ends all connections. From any thread.
  void abort();

 private:
  class Tracked;
  // What the connections that were accepted under one snapshot are served by. It lives as long as they do.
  struct Era {
    Era(Shard& own, std::shared_ptr<const serve::Snapshot> current);
    Era(const Era&) = delete;
    Era& operator=(const Era&) = delete;
    ~Era();

    Shard& shard;
    std::shared_ptr<const serve::Snapshot> snapshot;
    std::shared_ptr<record::Counters> counters;
    serve::Services services;
  };
  struct Listener {
    Listener(net::Poller& poller, std::uint64_t number, std::uint32_t place, int descriptor)
        : id(number), index(place), socket(poller, descriptor) {}

    const std::uint64_t id;
    std::uint32_t index;
    net::Socket socket;
  };

  net::Task<void> accept(Listener& listener);
  enum class Accepted : std::uint8_t {
    all,        // nobody waits any more
    batch,      // enough for now, others may wait
    exhausted,  // descriptors or memory ran out
  };
  // Takes who waits, at most a batch.
  Accepted accept_batch(const Listener& listener);
  // Counts one more of the client, in `counted` where that must be taken back; why not where it has too many.
  std::optional<record::Reason> count(const net::Endpoint& client, const config::Limits& limits, bool& counted);
  void admit(std::uint32_t index, int descriptor, const net::Endpoint& peer);
  // At most once in ten seconds, however many are turned away.
  void note_pause(std::string_view cause);
  // Lets `run` return: told to stop, and the last connection is gone.
  void end();

  Shared& shared_;
  // Before the context, in which connections of both may be left.
  serve::proxy::BackendPool pool_;
  std::vector<Era*> eras_;  // those that have connections, and the current one
  net::asio::io_context context_;
  net::Poller& poller_ = net::Poller::of(context_);
  net::Deadlines deadlines_{context_};
  net::Resolver resolver_{context_};
  net::PipePool pipes_;
  std::unique_ptr<std::byte[]> scratch_;
  std::shared_ptr<Era> era_;
  std::list<Listener> listeners_;
  Tracked* newest_ = nullptr;  // of the connections alive, an intrusive list
  bool stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::chrono::steady_clock::time_point noted_pause_;
};

}  // namespace simplon::gateway
