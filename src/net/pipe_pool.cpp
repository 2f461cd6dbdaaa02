#include "net/pipe_pool.hpp"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace simplon::net {

namespace {

constexpr std::size_t most_spare = 32;
constexpr int wanted_capacity = 256 * 1024;
constexpr std::size_t least_capacity = 64UZ * 1024;

}  // namespace

Pipe::Pipe(Pipe&& other) noexcept
    : read_end_(std::exchange(other.read_end_, -1)),
      write_end_(std::exchange(other.write_end_, -1)),
      capacity_(other.capacity_) {}

Pipe& Pipe::operator=(Pipe&& other) noexcept {
  std::swap(read_end_, other.read_end_);
  std::swap(write_end_, other.write_end_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

Pipe::~Pipe() {
  if (read_end_ >= 0) ::close(read_end_);
  if (write_end_ >= 0) ::close(write_end_);
}

std::optional<Pipe> PipePool::take() {
  if (!spare_.empty()) {
    Pipe pipe = std::move(spare_.back());
    spare_.pop_back();
    return pipe;
  }
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return std::nullopt;
  // Refused above the user's pipe quota; the default capacity then does.
  ::fcntl(ends[1], F_SETPIPE_SZ, wanted_capacity);
  const int capacity = ::fcntl(ends[1], F_GETPIPE_SZ);
  Pipe pipe(ends[0], ends[1], capacity > 0 ? static_cast<std::size_t>(capacity) : 0);
  // Far above the quota pipes shrink to two pages: copying is then the faster way.
  if (pipe.capacity() < least_capacity) return std::nullopt;
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  if (spare_.size() < most_spare) spare_.push_back(std::move(pipe));
}

}  // namespace simplon::net
