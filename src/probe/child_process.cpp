#include "probe/child_process.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace simplon::probe {

namespace {

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP};

// What a signal's handler is to end; 0: nothing.
struct Running {
  std::atomic<pid_t> id{0};
  std::atomic<int> descriptor{-1};
};
static_assert(std::atomic<pid_t>::is_always_lock_free);
constinit Running running;

// Safe in a handler: system calls alone.
void end_group(pid_t id, int descriptor) noexcept {
  constexpr int patience = 500;
  ::kill(-id, SIGTERM);
  pollfd ended{.fd = descriptor, .events = POLLIN, .revents = 0};
  ::poll(&ended, 1, patience);
  // What it has started itself may have outlived it. Its number is not given to another group before it was waited for.
  ::kill(-id, SIGKILL);
  ::waitpid(id, nullptr, 0);
}

void end_with_command(int signal) {
  if (const pid_t id = running.id.exchange(0); id != 0) end_group(id, running.descriptor);
  // The default is back, and the signal comes once this has returned: whoever waits for this program sees it.
  ::raise(signal);
}

// None of those signals comes as long as it lives.
class SignalsHeld {
 public:
  SignalsHeld() noexcept {
    sigset_t held;
    sigemptyset(&held);
    for (const int each : ending_signals)
      sigaddset(&held, each);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// What posix_spawn is told; freed with it.
struct SpawnSettings {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  explicit SpawnSettings(bool shows_output) {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (shows_output) {
      // Standard output is the report's alone.
      posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    } else {
      posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
      posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    // A group of its own, and no signal ignored or blocked that this program has use for.
    sigset_t none;
    sigset_t defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

std::vector<std::string> joined(const Environment& environment) {
  std::vector<std::string> entries;
  for (char** each = environ; *each != nullptr; ++each)
    entries.emplace_back(*each);
  for (const auto& [name, value] : environment) {
    std::string entry = name + '=';
    std::erase_if(entries, [&](const std::string& each) { return each.starts_with(entry); });
    entries.push_back(entry.append(value));
  }
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

void end_command_with_signals() noexcept {
  struct sigaction action{};
  action.sa_handler = end_with_command;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  // One of them at a time.
  for (const int each : ending_signals)
    sigaddset(&action.sa_mask, each);
  for (const int each : ending_signals) {
    struct sigaction before{};
    if (::sigaction(each, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) ::sigaction(each, &action, nullptr);
  }
}

std::expected<ChildProcess, std::string> ChildProcess::start(std::span<const std::string> command,
                                                             const Environment& environment, bool shows_output) {
  std::vector<std::string> arguments(command.begin(), command.end());
  std::vector<std::string> entries = joined(environment);
  const SpawnSettings settings(shows_output);
  pid_t id = -1;
  const SignalsHeld until_it_is_known;
  const int error = ::posix_spawnp(&id, arguments.front().c_str(), &settings.files, &settings.attributes,
                                   pointers_to(arguments).data(), pointers_to(entries).data());
  if (error != 0) return std::unexpected(arguments.front() + ": " + std::strerror(error));
  // By its number: Debian 12's header for the function is none that C++ can use.
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (descriptor >= 0) {
    running.descriptor = descriptor;
    running.id = id;
    return ChildProcess(id, descriptor);
  }
  const std::string why = std::strerror(errno);
  ::kill(-id, SIGKILL);
  ::waitpid(id, nullptr, 0);
  return std::unexpected("pidfd_open: " + why);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), descriptor_(std::exchange(other.descriptor_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (id_ < 0) return;
  const SignalsHeld until_it_has_ended;
  end_group(id_, descriptor_);
  running.id = 0;
  ::close(descriptor_);
}

std::optional<std::string> ChildProcess::ending() const {
  siginfo_t info{};
  // It stays to be waited for, so that its number stays its own.
  if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  return (info.si_code == CLD_EXITED ? "exit status " : "signal ") + std::to_string(info.si_status);
}

}  // namespace simplon::probe
