#include "gateway/memory.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include <malloc.h>

namespace simplon::gateway {

namespace {

void sleep(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

// With glibc's own bound of 128 KB, buffers of large bodies went back to the kernel after each answer, and every page
// of them was cleared and mapped again for the next.
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

void give_back_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

Trimmer::Trimmer(serve::Handshakes& handshakes, std::function<void()> trim, Times times)
    : handshakes_(handshakes),
      trim_(std::move(trim)),
      times_(times),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Trimmer::~Trimmer() {
  thread_.request_stop();
  handshakes_.wake();
}

void Trimmer::run(const std::stop_token& stop) const {
  for (;;) {
    handshakes_.wait_for_dispersal();
    sleep(times_.settling, stop);
    if (stop.stop_requested()) return;
    trim_();
    sleep(times_.apart, stop);
  }
}

}  // namespace simplon::gateway
