#include "gateway/gateway.hpp"

#include "gateway/listen.hpp"
#include "gateway/privileges.hpp"

#include <algorithm>
#include <latch>
#include <utility>

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

std::size_t count_shards(const config::Config& config) {
  return config.server.workers.value_or(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

Gateway::Gateway(std::shared_ptr<const serve::Snapshot> snapshot, serve::Recorder& recorder, Note note)
    : ledger_(snapshot->labels()),
      shared_{.ledger = ledger_, .recorder = recorder, .note = std::move(note), .clients = {}},
      snapshot_(std::move(snapshot)) {}

std::expected<std::unique_ptr<Gateway>, std::string> Gateway::start(std::shared_ptr<const serve::Snapshot> snapshot,
                                                                    serve::Recorder& recorder, Note note) {
  keep_free_memory();
  raise_descriptor_limit();
  std::unique_ptr<Gateway> gateway(new Gateway(snapshot, recorder, std::move(note)));
  const config::Config& config = snapshot->config();
  for (std::size_t i = count_shards(config); i > 0; --i) {
    gateway->shards_.push_back(std::make_unique<Shard>(gateway->shared_, snapshot));
  }
  auto binding = gateway->bind(config.listeners);
  if (!binding) return std::unexpected(binding.error());
  for (std::size_t i = 0; i < gateway->shards_.size(); ++i)
    gateway->shards_[i]->apply({.snapshot = snapshot, .listening = std::move(binding->listening[i])});
  gateway->adopt(std::move(binding->bound));
  std::optional<admin::Listening> admin;
  if (config.admin.address) {
    auto listening = admin::Listening::open(*config.admin.address);
    if (!listening) return std::unexpected(listening.error());
    admin.emplace(std::move(*listening));
  }
  if (config.server.user) {
    if (auto failure = drop_privileges(*config.server.user)) return std::unexpected(std::move(*failure));
  }
  gateway->run_shards();
  if (admin) gateway->serve_admin(std::move(*admin));
  return gateway;
}

Gateway::~Gateway() { stop(); }

const Gateway::Bound* Gateway::find_bound(const config::ListenAddress& address, const std::vector<Bound>& taken) const {
  for (const Bound& bound : bound_) {
    const config::ListenAddress& known = bound.configured;
    const bool same = known.ip == address.ip && known.port == address.port && known.dual_stack == address.dual_stack;
    // With port 0 several may be written alike.
    if (same && std::ranges::find(taken, bound.id, &Bound::id) == taken.end()) return &bound;
  }
  return nullptr;
}

std::expected<Gateway::Binding, std::string> Gateway::bind(const std::vector<config::Listener>& listeners) {
  Binding binding;
  binding.listening.resize(shards_.size());
  for (std::uint32_t index = 0; index < listeners.size(); ++index) {
    if (const Bound* const known = find_bound(listeners[index].address, binding.bound)) {
      binding.bound.push_back(*known);
      for (auto& shard : binding.listening)
        shard.push_back({.id = known->id, .index = index, .descriptor = {}});
      continue;
    }
    auto listening = listen(listeners[index], shards_.size());
    if (!listening) {
      for (const auto& shard : binding.listening) {
        for (const Change::Listening& each : shard) {
          if (each.descriptor) ::close(*each.descriptor);
        }
      }
      return std::unexpected(listening.error());
    }
    binding.bound.push_back({.id = next_id_++, .configured = listeners[index].address, .address = listening->address});
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      binding.listening[i].push_back(
          {.id = binding.bound.back().id, .index = index, .descriptor = listening->descriptors[i]});
    }
  }
  return binding;
}

void Gateway::adopt(std::vector<Bound> bound) {
  bound_ = std::move(bound);
  addresses_.clear();
  for (const Bound& each : bound_)
    addresses_.push_back(each.address);
}

std::expected<void, std::string> Gateway::replace(std::shared_ptr<const serve::Snapshot> snapshot) {
  auto binding = bind(snapshot->config().listeners);
  if (!binding) return std::unexpected(binding.error());
  ledger_.relabel(snapshot->labels());
  std::latch applied(static_cast<std::ptrdiff_t>(shards_.size()));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i]->post({.snapshot = snapshot, .listening = std::move(binding->listening[i])},
                     [&applied] { applied.count_down(); });
  }
  applied.wait();
  adopt(std::move(binding->bound));
  const std::lock_guard lock(mutex_);
  replaced_.push_back(std::exchange(snapshot_, std::move(snapshot)));
  return {};
}

std::size_t Gateway::sweep() {
  std::erase_if(replaced_, [](const auto& snapshot) { return snapshot.use_count() == 1; });
  return replaced_.size();
}

std::shared_ptr<const serve::Snapshot> Gateway::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void Gateway::note_reload(record::Reload reload) {
  const std::lock_guard lock(mutex_);
  ++(reload.applied ? reloads_.applied : reloads_.refused);
  reloads_.last = std::move(reload);
}

record::Reloads Gateway::reloads() const {
  const std::lock_guard lock(mutex_);
  return reloads_;
}

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
  admin::Watched watched{.count = [this] { return admin::Counted{snapshot(), ledger_.sum(), reloads()}; },
                         .draining = [this] { return draining_.load(); }};
  admin_ = std::make_unique<admin::Server>(std::move(listening), std::move(watched), snapshot()->config().limits);
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
    if (!ended_.wait_for(lock, snapshot_->config().limits.drain_timeout, all_ended)) {
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
