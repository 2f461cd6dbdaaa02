// A TLS server behind the gateway, for tests: does with the offer what the test says, and remembers what it heard.
#pragma once

#include "support/test_backend.hpp"
#include "support/test_certificate.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simplon::test {

struct TlsBackendOptions {
  TestCertificate certificate;
  /// The answer to an offer, which need not be in it; nothing: none. Without, every offer is answered with its first.
  std::function<std::optional<std::string>(const std::vector<std::string>&)> select;
  bool refuses = false;              ///< every offer, with no_application_protocol
  bool wants_certificate = false;    ///< of the client; any will do
  bool ends_without_notice = false;  ///< the stream, without close_notify
  int max_version = 0x0304;          ///< TLS 1.3
};

/// What it heard of one connection whose handshake is done.
struct Heard {
  std::optional<std::vector<std::string>> offered;
  std::optional<std::string> server_name;
  std::optional<std::string> client;  ///< the common name in the certificate that the client showed
  bool resumed = false;
  std::string said;           ///< what the client sent, up to its end
  bool close_notify = false;  ///< how it ended
};

/// Greets with "hi", then sends back what comes, until the client ends.
class TlsBackend {
 public:
  explicit TlsBackend(TlsBackendOptions options);
  ~TlsBackend();

  [[nodiscard]] const std::string& address() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Waits for the next connection that has ended.
  [[nodiscard]] Heard next(std::chrono::milliseconds limit = patience);
  [[nodiscard]] std::size_t dialled();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::test
