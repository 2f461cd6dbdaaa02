// A TCP connection for probing: blocking, with a deadline for everything.
#pragma once

#include "net/endpoint.hpp"
#include "simplon/alpn/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace simplon::probe {

using Clock = std::chrono::steady_clock;

/// What became of a wait.
enum class Wait : std::uint8_t {
  ready,      ///< bytes have been read, or all have been written
  ended,      ///< the peer ended its stream
  broken,     ///< the connection was reset, or broke otherwise
  timed_out,  ///< the deadline passed
};

/// One connection, closed with the object. For one thread at a time.
class Line {
 public:
  /// Connects before `deadline`; or why not, for people.
  [[nodiscard]] static std::expected<Line, std::string> dial(const net::Endpoint& address, Clock::time_point deadline);

  /// Takes over a connection that was accepted, a non-blocking socket.
  [[nodiscard]] static Line adopt(int descriptor) noexcept { return Line(descriptor); }

  Line(Line&& other) noexcept;
  Line& operator=(Line&& other) noexcept;
  ~Line();

  /// Sends all of `bytes`.
  [[nodiscard]] Wait send(Bytes bytes, Clock::time_point deadline);
  /// Waits until the peer's kernel has everything, so that what is sent next goes into a segment of its own.
  [[nodiscard]] Wait wait_until_acknowledged(Clock::time_point deadline);
  /// Reads at least one byte where `ready`; `size` says how many.
  [[nodiscard]] Wait receive(std::span<std::byte> buffer, std::size_t& size, Clock::time_point deadline);
  /// Waits for the socket, readable or else writable.
  [[nodiscard]] Wait wait(bool readable, Clock::time_point deadline) const;

  /// Non-blocking.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  explicit Line(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace simplon::probe
