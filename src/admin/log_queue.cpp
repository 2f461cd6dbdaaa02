#include "admin/log_queue.hpp"

#include <utility>

namespace simplon::admin {

namespace {

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

LogQueue::LogQueue() : number_(next_number()) {}
LogQueue::~LogQueue() = default;

LogQueue::Ring::~Ring() {
  lines.consume_all([](const std::string* line) { delete line; });
}

LogQueue::Ring& LogQueue::own_ring() {
  static thread_local std::pair<std::uint64_t, std::shared_ptr<Ring>> own;
  if (own.first != number_) {
    own = {number_, std::make_shared<Ring>()};
    const std::lock_guard lock(mutex_);
    rings_.push_back(own.second);
  }
  return *own.second;
}

void LogQueue::push(std::string line) {
  Ring& ring = own_ring();
  std::string* const waiting = std::make_unique<std::string>(std::move(line)).release();
  if (!ring.lines.push(waiting)) {
    const std::unique_ptr<std::string> refused(waiting);
    ring.dropped.fetch_add(1, std::memory_order_relaxed);
  }
  wake();
}

bool LogQueue::choose(std::uint32_t in) {
  std::uint32_t& passed = own_ring().passed;
  if (++passed < in) return false;
  passed = 0;
  return true;
}

std::size_t LogQueue::drain(const std::function<void(std::string_view line)>& take) {
  std::vector<std::shared_ptr<Ring>> rings;
  {
    const std::lock_guard lock(mutex_);
    rings = rings_;
    // Of threads that have ended, once they are empty: this list's copy and the one kept are the only owners.
    std::erase_if(rings_, [](const auto& ring) { return ring.use_count() == 2 && ring->lines.read_available() == 0; });
  }
  std::size_t dropped = 0;
  for (const auto& ring : rings) {
    ring->lines.consume_all([&](const std::string* line) {
      const std::unique_ptr<const std::string> owned(line);
      take(*owned);
    });
    dropped += ring->dropped.exchange(0, std::memory_order_relaxed);
  }
  return dropped;
}

void LogQueue::wait() {
  events_.wait(seen_, std::memory_order_acquire);
  seen_ = events_.load(std::memory_order_acquire);
}

void LogQueue::wake() {
  events_.fetch_add(1, std::memory_order_release);
  events_.notify_one();
}

}  // namespace simplon::admin
