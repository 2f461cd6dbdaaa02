// A gateway in this process, for tests: on ports of the kernel's choice, with its records collected.
#pragma once

#include "record/connection.hpp"
#include "record/request.hpp"
#include "support/stream_socket.hpp"
#include "support/test_certificate.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::test {

/// A `[[certificate]]` table for configurations that terminate TLS; its files are never opened, the gateway is given
/// certificates as they are.
inline constexpr std::string_view certificate_table = "[[certificate]]\nchain = \"chain.pem\"\nkey = \"key.pem\"\n";

/// A `[[listen]]` table at a port of the kernel's choice; more keys may follow.
inline constexpr std::string_view listen_table = "[[listen]]\naddress = \"127.0.0.1:0\"\n";

/// One ECDSA certificate for "app.example.com", made once.
const TestCertificate& app_certificate();

/// Serves until it is destroyed.
class RunningGateway {
 public:
  struct Options {
    std::vector<TestCertificate> certificates;  ///< empty: `app_certificate()`
    std::size_t workers = 1;
  };
  struct Note {
    std::string event;
    std::string message;
  };

  /// `config` without `[server]`. Throws what is wrong with it.
  explicit RunningGateway(const std::string& config) : RunningGateway(config, Options{}) {}
  RunningGateway(const std::string& config, const Options& options);
  ~RunningGateway();

  [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const;
  /// A client of the first listener.
  [[nodiscard]] StreamSocket connect(int receive_buffer = 0) const {
    return StreamSocket::connect(port(), receive_buffer);
  }
  /// Where the admin server listens.
  [[nodiscard]] std::string admin_address() const;
  /// Connections alive.
  [[nodiscard]] std::size_t connections() const;

  /// Waits for the next connection to end. Its text is valid as long as the gateway's.
  [[nodiscard]] record::Connection next_record(std::chrono::milliseconds limit = patience);
  /// Likewise for a request on an `http` route.
  [[nodiscard]] record::Request next_request(std::chrono::milliseconds limit = patience);
  /// How many connections have ended and were not asked for.
  [[nodiscard]] std::size_t records_waiting() const;
  /// What the gateway said about itself.
  [[nodiscard]] std::vector<Note> notes() const;

  /// Takes up another configuration, as a reload does.
  [[nodiscard]] std::expected<void, std::string> replace(const std::string& config) {
    return replace(config, Options{});
  }
  [[nodiscard]] std::expected<void, std::string> replace(const std::string& config, const Options& options);

  /// Drains, as SIGTERM does.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::test
