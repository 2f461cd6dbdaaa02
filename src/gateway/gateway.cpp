#include "gateway/gateway.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

// Free memory stays with the process up to a bound: with glibc's own of 128 KB, buffers of large bodies went back to
// the kernel after each answer, and every page of them was cleared and mapped again for the next.
void keep_free_memory() {
#ifdef __GLIBC__
  constexpr int kept = 32 * 1024 * 1024;  // for each shard
  constexpr int grown_at_once = 1024 * 1024;
  ::mallopt(M_TRIM_THRESHOLD, kept);
  ::mallopt(M_TOP_PAD, grown_at_once);
  // Setting one of these fixes the size from which each allocation is mapped on its own, at 128 KB; no buffer of ours
  // is to be.
  ::mallopt(M_MMAP_THRESHOLD, 4 * grown_at_once);
#endif
}

// Every connection takes up to six descriptors (client, backend, a pipe each way), so ask for all that the system
// allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Gateway::Gateway(std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder, Note note)
    : shared_{.snapshot = std::move(snapshot), .recorder = recorder, .note = std::move(note), .clients = {}} {}

std::expected<std::unique_ptr<Gateway>, std::string> Gateway::start(std::shared_ptr<const serve::Snapshot> snapshot,
                                                                    serve::Recorder& recorder, Note note) {
  auto bound = bind(snapshot->config());
  if (!bound) return std::unexpected(bound.error());
  return start(std::move(snapshot), recorder, std::move(note), std::move(*bound));
}

std::unique_ptr<Gateway> Gateway::start(std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder,
                                        Note note, Bound bound) {
  keep_free_memory();
  raise_descriptor_limit();
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(snapshot), recorder, std::move(note)));
  for (std::size_t i = count_shards(gateway->shared_.snapshot->config()); i > 0; --i) {
    gateway->shards_.push_back(std::make_unique<Shard>(gateway->shared_));
  }
  for (std::uint32_t index = 0; index < bound.listeners.size(); ++index) {
    const Listening& listening = bound.listeners[index];
    gateway->addresses_.push_back(listening.address);
    for (std::size_t i = 0; i < gateway->shards_.size(); ++i) {
      gateway->shards_[i]->listen(index, listening.descriptors[i]);
    }
  }
  gateway->run_shards();
  if (bound.admin) gateway->serve_admin(std::move(*bound.admin));
  return gateway;
}

Gateway::~Gateway() { stop(); }

void Gateway::run_shards() {
  running_ = shards_.size();
  for (const auto& shard : shards_) {
    threads_.emplace_back([this, shard = shard.get()] {
      shard->run();
      const std::lock_guard lock(mutex_);
      --running_;
      ended_.notify_all();
    });
  }
}

void Gateway::serve_admin(admin::Listening listening) {
  admin::Watched watched{.counted = {.snapshot = shared_.snapshot, .shards = {}},
                         .draining = [this] { return draining_.load(); }};
  for (const auto& shard : shards_)
    watched.counted.shards.push_back(&shard->counters());
  admin_ = std::make_unique<admin::Server>(std::move(listening), std::move(watched), shared_.snapshot->config().limits);
}

std::optional<std::string> Gateway::admin_address() const {
  if (!admin_) return std::nullopt;
  return admin_->address();
}

void Gateway::stop() {
  draining_ = true;
  for (const auto& shard : shards_)
    shard->stop();
  {
    std::unique_lock lock(mutex_);
    const auto all_ended = [this] { return running_ == 0; };
    if (!ended_.wait_for(lock, shared_.snapshot->config().limits.drain_timeout, all_ended)) {
      for (const auto& shard : shards_)
        shard->abort();
    }
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  admin_.reset();
}

}  // namespace simplon::gateway
