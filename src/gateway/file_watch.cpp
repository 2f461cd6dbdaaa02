#include "gateway/file_watch.hpp"

#include <array>
#include <utility>

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace simplon::gateway {

namespace fs = std::filesystem;

namespace {

constexpr int most_links = 16;

// The path, and where the links at its end lead, one after the other.
std::vector<fs::path> follow(fs::path path) {
  std::vector<fs::path> hops;
  std::error_code error;
  for (int i = 0; i < most_links; ++i) {
    hops.push_back(path);
    if (!fs::is_symlink(path, error)) break;
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = (path.parent_path() / target).lexically_normal();
  }
  return hops;
}

}  // namespace

FileWatch::FileWatch() : notifier_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FileWatch::~FileWatch() {
  if (notifier_ >= 0) ::close(notifier_);
}

void FileWatch::set(std::vector<fs::path> paths) {
  paths_ = std::move(paths);
  watch_folders();
  looks_ = look();
}

bool FileWatch::take_events() const {
  bool any = false;
  alignas(inotify_event) std::array<char, 4096> events;
  while (notifier_ >= 0 && ::read(notifier_, events.data(), events.size()) > 0)
    any = true;
  return any;
}

bool FileWatch::changed() {
  // A folder may have been made, or a link moved, since.
  watch_folders();
  Looks now = look();
  return std::exchange(looks_, std::move(now)) != looks_;
}

FileWatch::Looks FileWatch::look() const {
  Looks looks;
  const auto note = [&](const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return false;
    const bool is_folder = S_ISDIR(status.st_mode);
    // A folder's own time changes with every file that comes and goes in it, whether it is watched or not.
    looks[path] =
        is_folder
            ? Look{.device = status.st_dev, .inode = status.st_ino, .size = 0, .modified = {}}
            : Look{.device = status.st_dev, .inode = status.st_ino, .size = status.st_size, .modified = status.st_mtim};
    return is_folder;
  };
  for (const fs::path& path : paths_) {
    if (!note(path)) continue;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path, error))
      note(entry.path());
  }
  return looks;
}

void FileWatch::watch_folders() {
  if (notifier_ < 0) return;
  std::set<fs::path> wanted;
  std::error_code error;
  for (const fs::path& path : paths_) {
    for (const fs::path& hop : follow(path)) {
      wanted.insert(hop.parent_path());
      if (fs::is_directory(hop, error)) wanted.insert(hop);
    }
  }
  std::map<fs::path, int> watched;
  constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
  for (const fs::path& folder : wanted) {
    // Asked again of one that is watched, the system gives the same number; of one made anew under its name, another.
    const int number = ::inotify_add_watch(notifier_, folder.c_str(), events);
    if (number >= 0) watched.emplace(folder, number);
  }
  std::set<int> kept;
  for (const auto& [folder, number] : watched)
    kept.insert(number);
  for (const auto& [folder, number] : folders_) {
    if (!kept.contains(number)) ::inotify_rm_watch(notifier_, number);
  }
  folders_ = std::move(watched);
}

}  // namespace simplon::gateway
