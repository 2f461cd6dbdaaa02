#include "gateway/gateway.hpp"

#include <algorithm>
#include <latch>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace simplon::gateway {

namespace {

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
    : ledger_(snapshot->labels()),
      shared_{.ledger = ledger_, .recorder = recorder, .note = std::move(note), .clients = {}},
      snapshot_(std::move(snapshot)) {}

std::expected<std::unique_ptr<Gateway>, std::string> Gateway::start(
    const std::shared_ptr<const serve::Snapshot>& snapshot, serve::Recorder& recorder, Note note) {
  auto token = admin::Token::load(snapshot->config().admin);
  if (!token) return std::unexpected(config::to_text(token.error()));
  auto bound = bind(snapshot->config());
  if (!bound) return std::unexpected(bound.error());
  bound->token = *token;
  return start(snapshot, recorder, std::move(note), std::move(*bound));
}

std::unique_ptr<Gateway> Gateway::start(const std::shared_ptr<const serve::Snapshot>& snapshot,
                                        serve::Recorder& recorder, Note note, Bound bound) {
  keep_free_memory();
  raise_descriptor_limit();
  std::unique_ptr<Gateway> gateway(new Gateway(snapshot, recorder, std::move(note)));
  const config::Config& config = snapshot->config();
  for (std::size_t i = count_shards(config); i > 0; --i) {
    gateway->shards_.push_back(std::make_unique<Shard>(gateway->shared_, snapshot));
  }
  Binding binding = gateway->begin_binding();
  for (std::uint32_t index = 0; index < bound.listeners.size(); ++index)
    gateway->add(binding, index, config.listeners[index].address, bound.listeners[index]);
  for (std::size_t i = 0; i < gateway->shards_.size(); ++i)
    gateway->shards_[i]->apply({.snapshot = snapshot, .listening = std::move(binding.listening[i])});
  gateway->adopt(std::move(binding.addresses));
  gateway->run_shards();
  if (bound.admin) gateway->serve_admin(std::move(*bound.admin), bound.token);
  return gateway;
}

Gateway::~Gateway() { stop(); }

const Gateway::Address* Gateway::find(const config::ListenAddress& address, const std::vector<Address>& taken) const {
  for (const Address& each : listened_) {
    const config::ListenAddress& known = each.configured;
    const bool same = known.ip == address.ip && known.port == address.port && known.dual_stack == address.dual_stack;
    // With port 0 several may be written alike.
    if (same && std::ranges::find(taken, each.id, &Address::id) == taken.end()) return &each;
  }
  return nullptr;
}

Gateway::Binding Gateway::begin_binding() const {
  return {.addresses = {}, .listening = std::vector<std::vector<Change::Listening>>(shards_.size())};
}

void Gateway::add(Binding& binding, std::uint32_t index, const config::ListenAddress& configured,
                  const Listening& listening) {
  const std::uint64_t id = next_id_++;
  binding.addresses.push_back({.id = id, .configured = configured, .bound = listening.address});
  for (std::size_t i = 0; i < shards_.size(); ++i)
    binding.listening[i].push_back({.id = id, .index = index, .descriptor = listening.descriptors[i]});
}

std::expected<Gateway::Binding, std::string> Gateway::rebind(const std::vector<config::Listener>& listeners) {
  Binding binding = begin_binding();
  for (std::uint32_t index = 0; index < listeners.size(); ++index) {
    if (const Address* const known = find(listeners[index].address, binding.addresses)) {
      binding.addresses.push_back(*known);
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
    add(binding, index, listeners[index].address, *listening);
  }
  return binding;
}

std::vector<std::string> Gateway::address_texts() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  texts.reserve(listened_.size());
  for (const Address& each : listened_)
    texts.push_back(each.bound.to_text());
  return texts;
}

void Gateway::adopt(std::vector<Address> addresses) {
  const std::lock_guard lock(mutex_);
  listened_ = std::move(addresses);
  addresses_.clear();
  addresses_.reserve(listened_.size());
  for (const Address& each : listened_)
    addresses_.push_back(each.bound);
}

std::expected<void, std::string> Gateway::replace(std::shared_ptr<const serve::Snapshot> snapshot) {
  auto binding = rebind(snapshot->config().listeners);
  if (!binding) return std::unexpected(binding.error());
  ledger_.relabel(snapshot->labels());
  std::latch applied(static_cast<std::ptrdiff_t>(shards_.size()));
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    shards_[i]->post({.snapshot = snapshot, .listening = std::move(binding->listening[i])},
                     [&applied] { applied.count_down(); });
  }
  applied.wait();
  adopt(std::move(binding->addresses));
  const std::lock_guard lock(mutex_);
  replaced_.push_back(std::exchange(snapshot_, std::move(snapshot)));
  return {};
}

void Gateway::sweep() {
  std::erase_if(replaced_, [](const auto& snapshot) { return snapshot.use_count() == 1; });
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

admin::Watched Gateway::watched() {
  return {.count = [this] { return admin::Counted{snapshot(), ledger_.sum(), reloads()}; },
          .draining = [this] { return draining_.load(); },
          .addresses = [this] { return address_texts(); },
          .connections =
              [this](admin::Page page) {
                std::vector<std::future<std::vector<admin::LiveConnection>>> asked;
                asked.reserve(shards_.size());
                for (const auto& shard : shards_)
                  asked.push_back(shard->list(page));
                return asked;
              },
          .workers = shards_.size(),
          .token = {}};
}

void Gateway::serve_admin(admin::Listening listening, std::optional<admin::Token> token) {
  admin::Watched all = watched();
  all.token = token;
  admin_ = std::make_unique<admin::Server>(std::move(listening), std::move(all), snapshot()->config().limits);
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
