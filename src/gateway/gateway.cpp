#include "gateway/gateway.hpp"

#include "gateway/listen.hpp"
#include "gateway/privileges.hpp"

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
    : shared_{.snapshot = std::move(snapshot), .recorder = recorder, .note = std::move(note), .clients = {}} {}

std::expected<std::unique_ptr<Gateway>, std::string> Gateway::start(std::shared_ptr<const serve::Snapshot> snapshot,
                                                                    serve::Recorder& recorder, Note note) {
  keep_free_memory();
  raise_descriptor_limit();
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(snapshot), recorder, std::move(note)));
  const config::Config& config = gateway->shared_.snapshot->config();
  for (std::size_t i = count_shards(config); i > 0; --i) {
    gateway->shards_.push_back(std::make_unique<Shard>(gateway->shared_));
  }
  for (std::uint32_t index = 0; index < config.listeners.size(); ++index) {
    auto listening = listen(config.listeners[index], gateway->shards_.size());
    if (!listening) return std::unexpected(listening.error());
    gateway->addresses_.push_back(listening->address);
    for (std::size_t i = 0; i < gateway->shards_.size(); ++i) {
      gateway->shards_[i]->listen(index, listening->descriptors[i]);
    }
  }
  std::optional<admin::Listening> admin;
  std::optional<admin::Token> token;
  if (config.admin.address) {
    auto loaded = admin::Token::load(config.admin);
    if (!loaded) return std::unexpected(config::to_text(loaded.error()));
    token = *loaded;
    auto listening = admin::Listening::open(*config.admin.address);
    if (!listening) return std::unexpected(listening.error());
    admin.emplace(std::move(*listening));
  }
  if (config.server.user) {
    if (auto failure = drop_privileges(*config.server.user)) return std::unexpected(std::move(*failure));
  }
  gateway->run_shards();
  if (admin) gateway->serve_admin(std::move(*admin), token);
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

admin::Watched Gateway::watched() {
  admin::Watched watched{.counted = {.snapshot = shared_.snapshot, .shards = {}},
                         .draining = [this] { return draining_.load(); },
                         .addresses = {},
                         .connections =
                             [this](admin::Page page) {
                               std::vector<std::future<std::vector<admin::LiveConnection>>> asked;
                               for (const auto& shard : shards_)
                                 asked.push_back(shard->list(page));
                               return asked;
                             },
                         .token = {}};
  for (const auto& shard : shards_)
    watched.counted.shards.push_back(&shard->counters());
  for (const net::Endpoint& address : addresses_)
    watched.addresses.push_back(address.to_text());
  return watched;
}

void Gateway::serve_admin(admin::Listening listening, std::optional<admin::Token> token) {
  admin::Watched all = watched();
  all.token = token;
  admin_ = std::make_unique<admin::Server>(std::move(listening), std::move(all), shared_.snapshot->config().limits);
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
