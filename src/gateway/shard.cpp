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
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

// A connection in its shard's list, and counted.
class Shard::Tracked final : public serve::Connection {
 public:
  Tracked(Shard& shard, std::uint32_t index, int descriptor, const net::Endpoint& peer_endpoint, bool counted)
      : Connection(shard.services_, shard.shared_.snapshot, index, descriptor, peer_endpoint),
        shard_(shard),
        counted_(counted),
        older_(shard.newest_) {
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

  [[nodiscard]] bool count_client() override {
    const auto& limit = limits().connections_per_client;
    if (!limit) return true;
    counted_ = shard_.shared_.clients.add(peer, *limit);
    return counted_;
  }

  [[nodiscard]] Tracked* older() const noexcept { return older_; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  Shard& shard_;
  const std::uint64_t id_ = ++shard_.shared_.accepted;
  bool counted_;
  Tracked* older_;
  Tracked* newer_ = nullptr;
};

Shard::Shard(Shared& shared)
    : shared_(shared),
      scratch_(std::max(net::pump_bytes,
                        HelloLimits{.hello_bytes = shared.snapshot->config().limits.hello_bytes}.stream_bytes())),
      counters_(shared.snapshot->labels()),
      services_{.context = context_,
                .deadlines = deadlines_,
                .resolver = resolver_,
                .pipes = pipes_,
                .pool = pool_,
                .scratch = scratch_,
                .recorder = shared.recorder,
                .counters = counters_} {
  pool_.keep_at_most(shared.snapshot->config().limits.backend_idle_connections);
}

Shard::~Shard() = default;

void Shard::listen(std::uint32_t index, int descriptor) {
  net::Socket& listener = listeners_.emplace_back(context_, descriptor);
  net::spawn(context_, accept(index, listener));
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
    services_.draining = true;
    for (net::Socket& listener : listeners_)
      listener.abort();
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

net::Task<void> Shard::accept(std::uint32_t index, net::Socket& listener) {
  while (!listener.aborted()) {
    Accepted accepted = accept_batch(index, listener.descriptor());
    if (accepted == Accepted::all) {
      try {
        co_await listener.wait_readable();
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
        co_await net::take_turn();
        break;
      case Accepted::exhausted:
        // Whoever waits stays in the kernel's queue until descriptors or memory are back.
        co_await net::sleep(deadlines_, accept_pause);
        break;
    }
  }
  listeners_.remove_if([&](const net::Socket& each) { return &each == &listener; });
}

Shard::Accepted Shard::accept_batch(std::uint32_t index, int listener) {
  for (int i = 0; i < accept_batch_size; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor =
        ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      admit(index, descriptor, net::Endpoint(reinterpret_cast<const sockaddr*>(&address), size));
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

void Shard::admit(std::uint32_t index, int descriptor, const net::Endpoint& peer) {
  const config::Limits& limits = shared_.snapshot->config().limits;
  const std::uint32_t before = shared_.connections.fetch_add(1);
  const bool fits = before < limits.connections;
  // Who is behind a proxy is not known yet.
  const bool known = !shared_.snapshot->config().listeners[index].proxy_protocol;
  const bool limited = known && limits.connections_per_client;
  bool counted = false;
  std::shared_ptr<Tracked> connection;
  try {
    counted = fits && limited && shared_.clients.add(peer, *limits.connections_per_client);
    connection = std::make_shared<Tracked>(*this, index, descriptor, peer, counted);
  } catch (const std::bad_alloc&) {
    // This connection is closed, the others go on.
    ::close(descriptor);
    if (counted) shared_.clients.remove(peer);
    --shared_.connections;
    note_pause("Out of memory");
    return;
  }
  if (!fits) {
    connection->facts.verdict = record::Verdict::rejected;
    connection->fail(record::Reason::too_many_connections);
    return;
  }
  if (limited && !counted) {
    connection->facts.verdict = record::Verdict::rejected;
    connection->fail(record::Reason::too_many_per_client);
    return;
  }
  // An exception, such as memory running out, ends this connection alone, with both its directions.
  net::spawn(context_, serve::serve(connection), [connection](const std::exception_ptr& failure) {
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
