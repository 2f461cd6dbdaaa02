// The admin server's listening socket.
#pragma once

#include "config/addresses.hpp"
#include "net/endpoint.hpp"

#include <expected>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace simplon::admin {

/// A bound socket that listens; what it made of a Unix socket's path is removed with it.
class Listening {
 public:
  /// Fails with a sentence for the operator. A socket that a dead process left at the path is replaced.
  [[nodiscard]] static std::expected<Listening, std::string> open(const config::AdminAddress& address);
  /// Takes over a socket that listens already. What it made of a Unix socket's path is left to whoever bound it.
  [[nodiscard]] static Listening adopt(const config::AdminAddress& address, int descriptor);
  Listening(Listening&& other) noexcept;
  Listening& operator=(Listening&&) = delete;
  ~Listening();

  /// The caller's from now on.
  [[nodiscard]] int take() noexcept;
  /// With the port that the kernel chose.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  Listening() = default;

  int descriptor_ = -1;
  std::string text_;
  std::filesystem::path path_;  // empty: no Unix socket, or moved
  ino_t inode_ = 0;             // of what was made there
};

}  // namespace simplon::admin
