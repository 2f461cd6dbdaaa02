#include "support/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace simplon::test {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pipe_ = ends[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  std::vector<char*> words;
  for (const std::string& each : arguments)
    words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  const int failure = ::posix_spawn(&process_, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), arguments[0]);
  reader_ = std::thread([this] {
    std::array<char, 4096> buffer;
    for (ssize_t size = 0; (size = ::read(pipe_, buffer.data(), buffer.size())) > 0;) {
      const std::lock_guard lock(mutex_);
      output_.append(buffer.data(), static_cast<std::size_t>(size));
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
}

ChildProcess::~ChildProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  reader_.join();
  ::close(pipe_);
}

std::string ChildProcess::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

bool ChildProcess::wait_for(const std::string& text, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return output_.find(text) != std::string::npos; };
  changed_.wait_for(lock, limit, [&] { return ended_ || found(); });
  return found();
}

void ChildProcess::signal(int number) const {
  if (process_ > 0) ::kill(process_, number);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
  int status = 0;
  // Its output ends with it; only then is there something to collect.
  if (!eventually([&] { return ::waitpid(process_, &status, WNOHANG) == process_; }, limit)) return std::nullopt;
  process_ = -1;
  return WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
}

}  // namespace simplon::test
