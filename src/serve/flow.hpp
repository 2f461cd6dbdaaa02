// A connection between a client and a backend while bytes flow. Private to this layer.
#pragma once

#include "serve/connection.hpp"

#include <memory>

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
  /// `client_error` says more of a broken client.
  void note_end(net::PumpEnd end, Direction direction, std::string client_error = {});

 private:
  std::shared_ptr<Connection> connection_;
  net::Deadline idle_;
};

}  // namespace simplon::serve
