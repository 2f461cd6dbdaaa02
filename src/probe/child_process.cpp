#include "probe/child_process.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
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

// A pipe that no other program inherits, closed with it.
struct Pipe {
  std::array<int, 2> ends{-1, -1};

  [[nodiscard]] bool open() noexcept { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  void close_end(std::size_t which) noexcept {
    if (const int end = std::exchange(ends[which], -1); end >= 0) ::close(end);
  }
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
};

// Between fork and exec: system calls alone. False with errno set where one fails.
bool become_fit(pid_t parent, bool shows_output) noexcept {
  // Where this program is killed nothing of it is left to end the command: the kernel does. It may have been killed
  // before it was asked to.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);
  if (::setpgid(0, 0) != 0) return false;
  const int nowhere = ::open("/dev/null", O_RDWR);
  if (nowhere < 0 || ::dup2(nowhere, STDIN_FILENO) < 0) return false;
  // Standard output is the report's alone.
  if (::dup2(shows_output ? STDERR_FILENO : nowhere, STDOUT_FILENO) < 0) return false;
  if (!shows_output && ::dup2(nowhere, STDERR_FILENO) < 0) return false;
  if (nowhere > STDERR_FILENO) ::close(nowhere);
  // No signal is ignored or blocked that this program has use for.
  sigset_t none;
  sigemptyset(&none);
  return ::signal(SIGPIPE, SIG_DFL) != SIG_ERR && ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Starts it, and returns its number; or why not, as errno says it.
std::expected<pid_t, int> spawn(const std::vector<char*>& arguments, const std::vector<char*>& entries,
                                bool shows_output) {
  Pipe failure;
  if (!failure.open()) return std::unexpected(errno);
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id < 0) return std::unexpected(errno);
  if (id == 0) {
    if (become_fit(parent, shows_output)) ::execvpe(arguments.front(), arguments.data(), entries.data());
    const int error = errno;
    static_cast<void>(::write(failure.ends[1], &error, sizeof error));
    ::_exit(EXIT_FAILURE);
  }
  failure.close_end(1);
  int error = 0;
  ssize_t size = 0;
  do {
    size = ::read(failure.ends[0], &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  // Nothing to read: it became the command, which closed its end.
  if (size != static_cast<ssize_t>(sizeof error)) return id;
  ::waitpid(id, nullptr, 0);
  return std::unexpected(error);
}

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
  const SignalsHeld until_it_is_known;
  const auto spawned = spawn(pointers_to(arguments), pointers_to(entries), shows_output);
  if (!spawned) return std::unexpected(arguments.front() + ": " + std::strerror(spawned.error()));
  const pid_t id = *spawned;
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
