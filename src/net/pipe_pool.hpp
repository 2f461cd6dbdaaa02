// Kernel pipes for splicing, kept for the next flow that needs one.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace simplon::net {

/// An empty non-blocking pipe; closes it.
class Pipe {
 public:
  Pipe(int read_end, int write_end, std::size_t capacity) noexcept
      : read_end_(read_end), write_end_(write_end), capacity_(capacity) {}
  Pipe(Pipe&& other) noexcept;
  Pipe& operator=(Pipe&& other) noexcept;
  ~Pipe();

  [[nodiscard]] int read_end() const noexcept { return read_end_; }
  [[nodiscard]] int write_end() const noexcept { return write_end_; }
  /// In bytes.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  int read_end_;
  int write_end_;
  std::size_t capacity_;
};

/// A shard's unused pipes; keeps a few and closes the rest.
class PipePool {
 public:
  /// Nothing when the process has no descriptors left; the flow is then copied as before.
  [[nodiscard]] std::optional<Pipe> take();
  /// Takes back a pipe that is empty.
  void give_back(Pipe pipe);

 private:
  std::vector<Pipe> spare_;
};

}  // namespace simplon::net
