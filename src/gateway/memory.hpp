// How much free memory the process keeps.
#pragma once

#include "serve/handshakes.hpp"

#include <chrono>
#include <functional>
#include <thread>

namespace simplon::gateway {

/// Lets free memory stay with the process, up to a bound. For the start, before there are threads.
void keep_free_memory();

/// Gives free memory back to the system; takes milliseconds, during which others wait who allocate.
void give_back_free_memory();

/// Gives memory back after each crowd of handshakes: what they took lies in pieces between what the connections go on
/// to need, where the allocator keeps it, two and a half times as much as they need.
class Trimmer {
 public:
  struct Times {
    std::chrono::milliseconds settling{1000};  ///< after a crowd, until the last of it have freed what they took
    std::chrono::milliseconds apart{10'000};   ///< at least
  };

  /// `handshakes` must outlive it.
  explicit Trimmer(serve::Handshakes& handshakes) : Trimmer(handshakes, give_back_free_memory, Times{}) {}
  Trimmer(serve::Handshakes& handshakes, std::function<void()> trim, Times times);
  Trimmer(const Trimmer&) = delete;
  Trimmer& operator=(const Trimmer&) = delete;
  ~Trimmer();

 private:
  void run(const std::stop_token& stop) const;

  serve::Handshakes& handshakes_;
  std::function<void()> trim_;
  Times times_;
  std::jthread thread_;
};

}  // namespace simplon::gateway
