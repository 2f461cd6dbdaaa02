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
  std::shared_ptr<const serve::Snapshot> snapshot;
  serve::Recorder& recorder;
  std::function<void(std::string_view event, std::string_view message)> note;
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};  ///< since the start
  ClientCounts clients;
};

/// Made and started by the gateway; everything but `stop` and `abort` happens on the thread that runs it.
class Shard {
 public:
  explicit Shard(Shared& shared);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  /// Takes over a listening socket; its connections belong to the listener at `index`.
  void listen(std::uint32_t index, int descriptor);
  /// Serves until told to stop and the last connection is gone.
  void run();

  /// To be read from any thread.
  [[nodiscard]] const record::Counters& counters() const noexcept { return counters_; }

  /// Connections alive, newest first: those of `page`, and one more where there are more. From any thread.
  [[nodiscard]] std::future<std::vector<admin::LiveConnection>> list(admin::Page page);

  /// Closes the listening sockets and lets connections finish. From any thread.
  void stop();
  /// Ends all connections. From any thread.
  void abort();

 private:
  class Tracked;

  net::Task<void> accept(std::uint32_t index, net::Socket& listener);
  enum class Accepted : std::uint8_t {
    all,        // nobody waits any more
    batch,      // enough for now, others may wait
    exhausted,  // descriptors or memory ran out
  };
  // Takes who waits, at most a batch.
  Accepted accept_batch(std::uint32_t index, int listener);
  void admit(std::uint32_t index, int descriptor, const net::Endpoint& peer);
  // At most once in ten seconds, however many are turned away.
  void note_pause(std::string_view cause);
  // Lets `run` return: told to stop, and the last connection is gone.
  void end();

  Shared& shared_;
  serve::proxy::BackendPool pool_;  // before the context, in which connections of it may be left
  net::asio::io_context context_;
  net::Poller& poller_ = net::Poller::of(context_);
  net::Deadlines deadlines_{context_};
  net::Resolver resolver_{context_};
  net::PipePool pipes_;
  std::vector<std::byte> scratch_;
  record::Counters counters_;
  serve::Services services_;
  std::list<net::Socket> listeners_;
  Tracked* newest_ = nullptr;  // of the connections alive, an intrusive list
  bool stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::chrono::steady_clock::time_point noted_pause_;
};

}  // namespace simplon::gateway
