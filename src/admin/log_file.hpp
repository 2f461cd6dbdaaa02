// Where log lines end up: a file, or standard error.
#pragma once

#include <atomic>
#include <expected>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

namespace simplon::admin {

/// Appends whole lines. `write` is for one thread, `reopen` for any.
class LogFile {
 public:
  /// An empty path is standard error. Fails with a sentence that names the file.
  [[nodiscard]] static std::expected<LogFile, std::string> open(const std::filesystem::path& path);
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&&) = delete;
  ~LogFile();

  /// Writes `lines`, each with its line end. What went wrong where not all of them could be written; a line that was
  /// cut is ended before the next.
  [[nodiscard]] std::expected<void, std::string> write(std::string_view lines);
  /// Opens the path anew; where that fails the old file is kept.
  [[nodiscard]] std::expected<void, std::string> reopen();
  /// From now on nobody is waited for: what a reader does not take within a second is not written.
  void hurry() noexcept { hurried_ = true; }

 private:
  LogFile(int descriptor, std::filesystem::path path) noexcept;

  std::mutex mutex_;  // of the descriptor
  int descriptor_;
  std::filesystem::path path_;
  std::atomic<bool> hurried_{false};
  bool cut_ = false;
};

}  // namespace simplon::admin
