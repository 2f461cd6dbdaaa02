// A command that runs beside this program, and ends with what it was for.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace simplon::probe {

/// Variables that are set for a command, beside those of this process.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// From now on SIGINT, SIGTERM and SIGHUP end the command that runs, as letting go of it does, and then this program,
/// as they always do. A signal that is ignored stays so. For programs that run one command at a time.
void end_command_with_signals() noexcept;

/// A process in a group of its own. Whoever lets go of it ends the group: asked first, killed half a second later.
/// Where this program is killed, the kernel kills the process at once, but not what that has started itself. To be
/// started by the main thread: the kernel takes the end of the thread for that of the program.
class ChildProcess {
 public:
  /// Starts `command`, which is searched for as a shell does, without standard input; without `shows_output` it writes
  /// to nowhere. Or why not, for people.
  [[nodiscard]] static std::expected<ChildProcess, std::string> start(std::span<const std::string> command,
                                                                      const Environment& environment,
                                                                      bool shows_output);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  /// Becomes readable when the process has ended.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// "exit status 7", "signal 11"; nothing as long as it runs.
  [[nodiscard]] std::optional<std::string> ending() const;

 private:
  ChildProcess(pid_t id, int descriptor) noexcept : id_(id), descriptor_(descriptor) {}

  pid_t id_ = -1;
  int descriptor_ = -1;
};

}  // namespace simplon::probe
