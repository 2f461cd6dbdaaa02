#include "gateway/shard.hpp"

#include "gateway/live_connections.hpp"
#include "simplon/hello/reader.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

constexpr int accept_batch_size = 64;
// For the longest hello that a configuration may allow, so that a reload need not make another one.
constexpr std::size_t scratch_bytes =
    std::max(net::pump_bytes, HelloLimits{.hello_bytes = config::Limits::most_hello_bytes}.stream_bytes());
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

Shard::Era::Era(Shard& own, std::shared_ptr<const serve::Snapshot> current)
    : shard(own),
      snapshot(std::move(current)),
      counters(shard.shared_.ledger.open()),
      services{.poller = shard.poller_,
               .deadlines = shard.deadlines_,
               .resolver = shard.resolver_,
               .pipes = shard.pipes_,
               .pool = shard.pool_,
               .scratch = {shard.scratch_.get(), scratch_bytes},
               .recorder = shard.shared_.recorder,
               .counters = *counters,
               .handshakes = shard.shared_.handshakes} {
  shard.eras_.push_back(this);
}

Shard::Era::~Era() { std::erase(shard.eras_, this); }

// A connection in its shard's list, and counted.
class Shard::Tracked final : public serve::Connection {
 public:
  // Who keeps the connection's snapshot keeps all that it is served by.
  Tracked(const std::shared_ptr<Era>& era, std::uint32_t index, int descriptor, const net::Endpoint& peer_endpoint,
          bool counted)
      : Connection(era->services, std::shared_ptr<const serve::Snapshot>(era, era->snapshot.get()), index, descriptor,
                   peer_endpoint),
        shard_(era->shard),
        counted_(counted),
        older_(shard_.newest_) {
    if (older_ != nullptr) older_->newer_ = this;
    shard_.newest_ = this;
  }

  ~Tracked() override {
    (newer_ != nullptr ? newer_->older_ : shard_.newest_) = older_;
    if (older_ != nullptr) older_->newer_ = newer_;
    if (counted_) shard_.shared_.clients.remove(peer);
    --shard_.shared_.connections;
    if (shard_.stopping_ && shard_.newest_ == nullptr) shard_.end();
  }

  [[nodiscard]] std::optional<record::Reason> count_client() override { return shard_.count(peer, limits(), counted_); }

  [[nodiscard]] Tracked* older() const noexcept { return older_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  Shard& shard_;
  std::uint64_t id_ = ++shard_.shared_.accepted;
  bool counted_;
  Tracked* older_;
  Tracked* newer_ = nullptr;
};

// Left as the system gives it: what no hello reaches costs no memory.
Shard::Shard(Shared& shared, std::shared_ptr<const serve::Snapshot> snapshot)
    : shared_(shared),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(scratch_bytes)),
      era_(std::make_shared<Era>(*this, std::move(snapshot))) {}

Shard::~Shard() = default;

void Shard::apply(Change change) {
  const auto find = [&](const Listener& listener) {
    return std::ranges::find(change.listening, listener.id, &Change::Listening::id);
  };
  for (Listener& listener : listeners_) {
    if (find(listener) != change.listening.end()) continue;
    // Who has connected already is served as it was then.
    while (!listener.socket.aborted() && accept_batch(listener) == Accepted::batch) {
    }
    listener.socket.abort();
  }
  if (change.snapshot != era_->snapshot) era_ = std::make_shared<Era>(*this, std::move(change.snapshot));
  pool_.keep_at_most(era_->snapshot->config().limits.backend_idle_connections);
  for (Listener& listener : listeners_) {
    if (const auto kept = find(listener); kept != change.listening.end()) listener.index = kept->index;
  }
  for (const Change::Listening& added : change.listening) {
    if (!added.descriptor) continue;
    Listener& listener = listeners_.emplace_back(poller_, added.id, added.index, *added.descriptor);
    net::spawn(poller_, accept(listener));
  }
}

void Shard::post(Change change, std::function<void()> then) {
  boost::asio::post(context_, [this, change = std::move(change), then = std::move(then)]() mutable {
    apply(std::move(change));
    then();
  });
  poller_.wake();
}

void Shard::run() {
  poller_.keep(true);
  poller_.run();
  ended_ = true;
}

std::future<std::vector<admin::LiveConnection>> Shard::list(admin::Page page) {
  std::promise<std::vector<admin::LiveConnection>> promise;
  auto listed = promise.get_future();
  if (ended_) {
    promise.set_value({});
    return listed;
  }
  boost::asio::post(context_, [this, page, promise = std::move(promise)]() mutable {
    try {
      std::vector<admin::LiveConnection> found;
      for (const Tracked* each = newest_; each != nullptr && found.size() <= page.size; each = each->older()) {
        if (each->id() < page.before) found.push_back(describe(*each, each->id()));
      }
      promise.set_value(std::move(found));
    } catch (const std::bad_alloc&) {
      promise.set_exception(std::current_exception());
    }
  });
  poller_.wake();
  return listed;
}

void Shard::stop() {
  boost::asio::post(context_, [this] {
    stopping_ = true;
    for (Era* const era : eras_)
      era->services.draining = true;
    for (Listener& listener : listeners_)
      listener.socket.abort();
    for (Tracked* each = newest_; each != nullptr; each = each->older())
      each->client.interrupt();
    if (newest_ == nullptr) end();
  });
  poller_.wake();
}

void Shard::abort() {
  boost::asio::post(context_, [this] {
    for (Tracked* each = newest_; each != nullptr; each = each->older()) {
      each->client.abort();
      if (each->backend) each->backend->abort();
    }
  });
  poller_.wake();
}

void Shard::end() {
  pool_.close();
  poller_.keep(false);
}

net::Task<void> Shard::accept(Listener& listener) {
  co_await listener.socket.take_turn();  // nobody is accepted before the loop runs
  while (!listener.socket.aborted()) {
    Accepted accepted = accept_batch(listener);
    if (accepted == Accepted::all) {
      try {
        co_await listener.socket.wait_readable();
      } catch (const std::exception& failure) {
        note_pause(failure.what());
        accepted = Accepted::exhausted;
      }
    }
    switch (accepted) {
      case Accepted::all:
        break;
      case Accepted::batch:
        // Connections accepted before get their turn.
        co_await listener.socket.take_turn();
        break;
      case Accepted::exhausted:
        // Whoever waits stays in the kernel's queue until descriptors or memory are back.
        co_await net::sleep(deadlines_, accept_pause);
        break;
    }
  }
  // It may be shared: with other shards, or with the process that it was inherited from.
  listener.socket.unwatch();
  listeners_.remove_if([&](const Listener& each) { return &each == &listener; });
}

Shard::Accepted Shard::accept_batch(const Listener& listener) {
  for (int i = 0; i < accept_batch_size; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor = ::accept4(listener.socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      admit(listener.index, descriptor, net::Endpoint(reinterpret_cast<const sockaddr*>(&address), size));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      note_pause(boost::system::system_category().message(errno));
      return Accepted::exhausted;
    }
    if (errno == EAGAIN) return Accepted::all;
    // ECONNABORTED and the network errors of accept(2) concern one connection that is already gone.
  }
  return Accepted::batch;
}

std::optional<record::Reason> Shard::count(const net::Endpoint& client, const config::Limits& limits, bool& counted) {
  if (limits.new_connections_per_client) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch());
    if (!shared_.clients.arrive(client, *limits.new_connections_per_client, now)) {
      return record::Reason::too_many_new_per_client;
    }
  }
  if (!limits.connections_per_client) return std::nullopt;
  counted = shared_.clients.add(client, *limits.connections_per_client);
  if (!counted) return record::Reason::too_many_per_client;
  return std::nullopt;
}

void Shard::admit(std::uint32_t index, int descriptor, const net::Endpoint& peer) {
  const config::Config& config = era_->snapshot->config();
  const std::uint32_t before = shared_.connections.fetch_add(1);
  bool counted = false;
  std::optional<record::Reason> too_many;
  std::shared_ptr<Tracked> connection;
  try {
    if (before >= config.limits.connections) {
      too_many = record::Reason::too_many_connections;
    } else if (!config.listeners[index].proxy_protocol) {  // who is behind a proxy is not known yet
      too_many = count(peer, config.limits, counted);
    }
    connection =
        std::allocate_shared<Tracked>(net::RecyclingAllocator<Tracked>(), era_, index, descriptor, peer, counted);
  } catch (const std::bad_alloc&) {
    // This connection is closed, the others go on.
    ::close(descriptor);
    if (counted) shared_.clients.remove(peer);
    --shared_.connections;
    note_pause("Out of memory");
    return;
  }
  if (too_many) {
    connection->facts.verdict = record::Verdict::rejected;
    connection->fail(*too_many);
    return;
  }
  // An exception, such as memory running out, ends this connection alone, with both its directions.
  net::spawn(poller_, serve::serve(connection), [connection](const std::exception_ptr& failure) {
    if (!failure) return;
    connection->fail(record::Reason::internal);
    connection->client.abort();
    if (connection->backend) connection->backend->abort();
  });
}

void Shard::note_pause(std::string_view cause) {
  const auto now = std::chrono::steady_clock::now();
  if (now - noted_pause_ < std::chrono::seconds(10)) return;
  noted_pause_ = now;
  shared_.note("accept_paused", std::string(cause) +
                                    ": new connections wait until others have ended; raise the limit of open files "
                                    "or lower [limits] connections");
}

}  // namespace simplon::gateway
