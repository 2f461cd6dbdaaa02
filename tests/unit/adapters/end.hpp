// Two ends of a TLS connection in one thread, with nothing but two strings between them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace simplon::test {

enum class Handshake { going_on, done, failed };

/// One end, whatever library it is made with. `incoming` is what the peer sent and the library has not taken yet.
class End {
 public:
  End() = default;
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  virtual ~End() = default;

  /// Takes the handshake as far as `incoming` allows; once it is done, reads what comes after it, such as tickets.
  virtual void go_on() = 0;
  [[nodiscard]] virtual std::optional<std::string> selected() const = 0;
  [[nodiscard]] virtual bool resumed() const = 0;
  /// The description of the alert that the peer sent.
  [[nodiscard]] virtual std::optional<int> alert() const = 0;

  Handshake handshake = Handshake::going_on;
  std::string incoming;
  std::string outgoing;
};

/// Changes what a server sent before the client sees it.
using Bend = std::function<void(std::string& sent)>;

/// Both go on by turns until neither has anything to say.
inline void run(End& client, End& server, const Bend& bend = [](std::string&) {}) {
  for (int round = 0; round < 20; ++round) {
    client.go_on();
    server.incoming += std::exchange(client.outgoing, {});
    server.go_on();
    bend(server.outgoing);
    client.incoming += std::exchange(server.outgoing, {});
  }
}

}  // namespace simplon::test
