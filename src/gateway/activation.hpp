// Listening sockets that a service manager has bound before it started this process: systemd's socket activation, see
// sd_listen_fds(3).
#pragma once

#include "config/addresses.hpp"
#include "config/config.hpp"
#include "net/endpoint.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace simplon::gateway {

/// The sockets that were passed to this process, until their listeners take them.
class InheritedSockets {
 public:
  InheritedSockets() = default;
  InheritedSockets(InheritedSockets&& other) noexcept = default;
  InheritedSockets& operator=(InheritedSockets&&) = delete;
  ~InheritedSockets();

  /// Those that LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES tell of; none where LISTEN_PID is another process. The
  /// variables are removed, so that no child takes the sockets for its own: to be called once, before any thread
  /// starts. Fails with a sentence for the operator.
  [[nodiscard]] static std::expected<InheritedSockets, std::string> from_environment();

  /// The sockets of `listener`: those that have its name, or else its address. They are the caller's from now on,
  /// non-blocking, and what is accepted from them sends without delay.
  [[nodiscard]] std::vector<int> take(const config::Listener& listener);
  /// The socket of the admin address; nothing where none was passed.
  [[nodiscard]] std::optional<int> take(const config::AdminAddress& address);

  /// Names the sockets that nobody has taken, as a sentence for the operator; nothing where there are none.
  [[nodiscard]] std::optional<std::string> explain_left() const;

 private:
  struct Inherited {
    int descriptor;
    std::string name;  // FileDescriptorName=, or the unit's name
    net::Endpoint address;
  };

  [[nodiscard]] static std::optional<std::string> find_fault(const Inherited& socket);
  [[nodiscard]] static std::string describe(const Inherited& socket);

  std::vector<Inherited> sockets_;
};

}  // namespace simplon::gateway
