#include "admin/log_file.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace simplon::admin {

namespace {

constexpr int hurried_milliseconds = 1000;
// For its owner to write and a group of log readers to read.
constexpr mode_t mode = 0640;

std::string explain(int error) { return std::generic_category().message(error); }

std::expected<int, std::string> open_to_append(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode);
  if (descriptor < 0) return std::unexpected(path.string() + ": " + explain(errno));
  return descriptor;
}

}  // namespace

LogFile::LogFile(int descriptor, std::filesystem::path path) noexcept
    : descriptor_(descriptor), path_(std::move(path)) {}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)), cut_(other.cut_) {}

LogFile::~LogFile() {
  if (!path_.empty() && descriptor_ >= 0) ::close(descriptor_);
}

std::expected<LogFile, std::string> LogFile::open(const std::filesystem::path& path) {
  if (path.empty()) return LogFile(STDERR_FILENO, path);
  const auto descriptor = open_to_append(path);
  if (!descriptor) return std::unexpected(descriptor.error());
  return LogFile(*descriptor, path);
}

std::expected<void, std::string> LogFile::reopen() {
  if (path_.empty()) return {};
  const auto fresh = open_to_append(path_);
  if (!fresh) return std::unexpected(fresh.error());
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(descriptor_, *fresh));
  cut_ = false;
  return {};
}

std::expected<void, std::string> LogFile::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  const std::string repaired = cut_ ? "\n" + std::string(lines) : std::string();
  std::string_view rest = cut_ ? repaired : lines;
  while (!rest.empty()) {
    pollfd writable{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    // Who has not taken it yet is waited for, unless it is time to end.
    const int ready = ::poll(&writable, 1, hurried_milliseconds);
    if (ready == 0 && !hurried_) continue;
    const ssize_t written = ready == 0 ? -1 : ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(ready == 0 ? "its reader takes no more" : explain(errno));
    const std::string_view done = rest.substr(0, static_cast<std::size_t>(written));
    if (!done.empty()) cut_ = done.back() != '\n';
    rest.remove_prefix(done.size());
  }
  return {};
}

}  // namespace simplon::admin
