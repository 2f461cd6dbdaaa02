// What became of the reloads of a configuration: plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace simplon::record {

/// One attempt to serve by another configuration, or by other certificates.
struct Reload {
  std::chrono::system_clock::time_point at;
  std::string cause;                   ///< "SIGHUP" or "certificate"
  bool applied = false;                ///< false: refused whole, and what was before goes on
  std::vector<std::string> problems;   ///< "FILE:LINE:COL: message", why it was refused
  std::vector<std::string> warnings;   ///< likewise, of what was applied
  std::vector<std::string> unchanged;  ///< keys whose new value only a restart applies
};

/// All of them.
struct Reloads {
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  std::optional<Reload> last;
};

}  // namespace simplon::record
