// Random numbers and a clock that say the same in every process.
#include "overhead.hpp"

#include <ctime>
#include <random>

#include <openssl/rand.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

bool repeatable = false;
constexpr std::time_t frozen = 1'800'000'000;

std::mt19937_64& generator() {
  static std::mt19937_64 made(7301);  // NOLINT(bugprone-random-generator-seed): the same in every run
  return made;
}

int fill(unsigned char* data, int size) {
  for (int i = 0; i < size; ++i)
    data[i] = static_cast<unsigned char>(generator()());
  return 1;
}

int is_ready() { return 1; }

}  // namespace

// What the TLS libraries call instead of the C library's: the signatures that they make, and so what verifying them
// takes, follow from these.
extern "C" {
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): theirs are reserved

ssize_t getrandom(void* data, std::size_t size, unsigned flags) {
  if (!repeatable) return ::syscall(SYS_getrandom, data, size, flags);
  fill(static_cast<unsigned char*>(data), static_cast<int>(size));
  return static_cast<ssize_t>(size);
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  if (!repeatable) return static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  *now = {.tv_sec = frozen, .tv_nsec = 0};
  return 0;
}

std::time_t time(std::time_t* now) noexcept {
  timespec said{};
  clock_gettime(CLOCK_REALTIME, &said);
  if (now != nullptr) *now = said.tv_sec;
  return said.tv_sec;
}

// NOLINTEND(readability-inconsistent-declaration-parameter-name)
}  // extern "C"

void simplon::make_repeatable() {
  repeatable = true;
  static const RAND_METHOD method = {
      .seed = nullptr, .bytes = fill, .cleanup = nullptr, .add = nullptr, .pseudorand = fill, .status = is_ready};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  RAND_set_rand_method(&method);
#pragma GCC diagnostic pop
}
