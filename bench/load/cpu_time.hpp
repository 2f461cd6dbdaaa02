// CPU time of a server: the figure that survives a busy machine.
#pragma once

#include <chrono>

#include <sys/types.h>

namespace simplon::bench {

/// The time that all threads of the process `root` and of all that descend from it have run so far, in user space and
/// in the kernel. Threads and processes that have ended are not in it, so measure servers whose workers stay.
[[nodiscard]] std::chrono::nanoseconds cpu_time_of_tree(pid_t root);

}  // namespace simplon::bench
