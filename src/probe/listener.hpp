// A TCP port that clients under test connect to: blocking, with a deadline.
#pragma once

#include "net/endpoint.hpp"
#include "probe/line.hpp"

#include <expected>
#include <optional>
#include <string>

namespace simplon::probe {

/// A listening socket, closed with the object.
class Listener {
 public:
  /// Binds and listens; `address` has an IP address, and port 0 where the kernel is to choose. Or why not, for people.
  [[nodiscard]] static std::expected<Listener, std::string> open(const net::Endpoint& address, bool dual_stack);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  /// With the port that the kernel chose.
  [[nodiscard]] net::Endpoint address() const;
  /// The next connection on which something was said, as long as `deadline` has not passed and the process whose pidfd
  /// is `watched` (negative: nobody) has not ended; nothing otherwise.
  [[nodiscard]] std::optional<Line> accept(std::optional<Clock::time_point> deadline, int watched);
  /// Closes the connections that nobody has accepted.
  void turn_away();

 private:
  explicit Listener(int descriptor) noexcept : descriptor_(descriptor) {}

  [[nodiscard]] std::optional<Line> take() const;

  int descriptor_ = -1;
};

}  // namespace simplon::probe
