// Which files have changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include <sys/types.h>

namespace simplon::gateway {

/// Tells when one of several files has another content: written anew, replaced, made, removed, or behind a symbolic
/// link that leads elsewhere now. The system wakes who waits, but what counts is how the files look, so that an event
/// missed, as on a network file system, is made good at the next look, and one too many does no harm.
class FileWatch {
 public:
  FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  /// From now on these files, and what is directly in those that are folders.
  void set(std::vector<std::filesystem::path> paths);
  /// Readable when something has happened near them; -1 where the system does not tell.
  [[nodiscard]] int descriptor() const noexcept { return notifier_; }
  /// Takes what the system has told. Whether there was anything.
  bool take_events() const;
  /// Whether they look otherwise than at the last call, or when they were set.
  [[nodiscard]] bool changed();

 private:
  struct Look {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = 0;
    timespec modified{};

    friend bool operator==(const Look& left, const Look& right) noexcept {
      return left.device == right.device && left.inode == right.inode && left.size == right.size &&
             left.modified.tv_sec == right.modified.tv_sec && left.modified.tv_nsec == right.modified.tv_nsec;
    }
  };
  using Looks = std::map<std::filesystem::path, Look>;

  [[nodiscard]] Looks look() const;
  // Folders in which a change may concern the files, those that links lead through too.
  void watch_folders();

  int notifier_;
  std::vector<std::filesystem::path> paths_;
  std::map<std::filesystem::path, int> folders_;
  Looks looks_;
};

}  // namespace simplon::gateway
