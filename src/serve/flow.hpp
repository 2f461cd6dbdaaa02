// A connection between a client and a backend while bytes flow. Private to this layer.
#pragma once

#include "serve/connection.hpp"

#include <exception>
#include <memory>
#include <optional>

namespace simplon::serve {

enum class Direction : std::uint8_t { to_backend, to_client };

/// What both directions of a relay share; the last one to end lets go of the connection.
class Flow {
 public:
  /// `connection` has its backend.
  explicit Flow(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)),
        idle_(connection_->services.deadlines, connection_->limits().idle_timeout, connection_->client,
              connection_->backend.get()) {}

  [[nodiscard]] Connection& connection() noexcept { return *connection_; }
  [[nodiscard]] net::Deadline& idle() noexcept { return idle_; }

  /// Notes how one direction ended. Where it broke, the other side is reset too: a broken stream must not look
  /// finished.
  void note_end(net::PumpEnd end, Direction direction);
  /// Ends both directions with a reset.
  void break_off();

 private:
  std::shared_ptr<Connection> connection_;
  net::Deadline idle_;
};

/// Completes a pump: one that ended by an exception, such as memory running out, must not leave the other one waiting.
struct BreakOff {
  std::shared_ptr<Flow> flow;

  void operator()(const std::exception_ptr& failure) const {
    if (!failure) return;
    flow->connection().fail(record::Reason::internal);
    flow->break_off();
  }
};

/// Completes the pump of one direction, and notes how it ended.
struct EndOf {
  std::shared_ptr<Flow> flow;
  Direction direction;

  void operator()(const std::exception_ptr& failure, std::optional<net::PumpEnd> end) const {
    if (end) flow->note_end(*end, direction);
    BreakOff{flow}(failure);
  }
};

}  // namespace simplon::serve
