// Many questions to one server, without waiting for one that has stopped to answer.
#pragma once

#include "probe/question.hpp"

#include <chrono>
#include <optional>

namespace simplon::probe {

/// Asks one question after the other. What waits in vain costs the server's timeout once: from then on no question
/// waits for much longer than the server has needed for one before. For one thread.
class Questioner {
 public:
  explicit Questioner(Server server) : server_(std::move(server)) {}

  /// Blocks. Silence, at once, where the server has stopped to answer.
  [[nodiscard]] Observation ask(const Question& question);
  /// Whether the server answered once, and then not even the same question any more: there may be a limit on
  /// connections.
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  /// With the timeout that is left.
  [[nodiscard]] const Server& server() const noexcept { return server_; }

 private:
  Server server_;
  std::optional<Question> answered_;  ///< the first that was
  std::chrono::milliseconds needed_{0};
  bool stopped_ = false;
};

}  // namespace simplon::probe
