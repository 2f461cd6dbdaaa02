#include "load/cpu_time.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace simplon::bench {

std::chrono::nanoseconds cpu_time_of_tree(pid_t root) {
  std::chrono::nanoseconds total{0};
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(root) + "/task", gone)) {
    // "TIME_ON_CPU TIME_WAITING TIMESLICES", the times in nanoseconds.
    std::chrono::nanoseconds::rep on_cpu = 0;
    std::ifstream(task.path() / "schedstat") >> on_cpu;
    total += std::chrono::nanoseconds(on_cpu);
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;)
      total += cpu_time_of_tree(child);
  }
  return total;
}

}  // namespace simplon::bench
