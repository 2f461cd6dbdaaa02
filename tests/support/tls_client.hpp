// A TLS client for tests: says exactly what it is told to, and reports exactly what came back.
#pragma once

#include "support/test_certificate.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

namespace simplon::test {

/// Protocol names as on the wire, each behind its length: what the options' `alpn` wants.
[[nodiscard]] std::string alpn_wire(const std::vector<std::string>& names);

/// Has `ssl` offer the names in `wire`, none where it is empty. Public for `on_server_hello`.
[[nodiscard]] bool set_alpn(SSL& ssl, const std::string& wire);

using Session = std::shared_ptr<SSL_SESSION>;

struct TlsClientOptions {
  std::optional<std::string> alpn;         ///< the list's names on the wire; nothing: no extension
  std::optional<std::string> server_name;  ///< sent as it is, even where it is no host name
  int min_version = TLS1_2_VERSION;
  int max_version = TLS1_3_VERSION;
  // In OpenSSL's own notation; nothing: its default.
  std::optional<std::string> signature_algorithms;
  std::optional<std::string> groups;
  std::optional<std::string> ciphers_1_2;
  std::optional<std::string> ciphers_1_3;
  Session session;                             ///< to resume
  std::optional<TestCertificate> certificate;  ///< to show where the server asks for one
  std::optional<std::string> trust_pem;        ///< verify the server's certificate against this one…
  std::optional<std::string> verify_name;      ///< …for this host name or IP address
  /// Called at every ServerHello, a HelloRetryRequest included, before the client goes on: here it can be made to
  /// change its mind.
  std::function<void(SSL&)> on_server_hello;
};

enum class Progress { done, want_read, want_write, closed, failed };

/// The client's end of a connection on a socket that it does not own and makes non-blocking. Steps never block and
/// never raise SIGPIPE; the functions with a deadline wait for the socket by themselves.
class TlsClient {
 public:
  TlsClient(int socket, const TlsClientOptions& options);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  Progress step_handshake();
  /// Appends what it reads to `text`.
  Progress step_read(std::string& text);
  /// Takes what it writes off the front of `text`; done when all of it is on its way.
  Progress step_write(std::string& text);

  /// Handshake from beginning to end; false when it failed or took longer.
  bool handshake(int milliseconds = 10000);
  /// Reads until `size` bytes are there, the stream ended or the deadline passed.
  std::string read(std::size_t size, int milliseconds = 10000);
  bool write(std::string text, int milliseconds = 10000);
  /// Sends close_notify.
  void shutdown();

  /// The server's answer to the ALPN extension: the extension's body as it came, and in which message.
  struct Answer {
    enum class Message { server_hello, encrypted_extensions } message;
    std::string body;
  };
  [[nodiscard]] const std::optional<Answer>& answer() const;
  /// The selected protocol as the library has it.
  [[nodiscard]] std::optional<std::string> selected() const;
  /// "1.2" or "1.3".
  [[nodiscard]] std::string version() const;
  /// OpenSSL's name of the cipher suite.
  [[nodiscard]] std::string cipher() const;
  [[nodiscard]] bool resumed() const;
  /// The last alert that came, other than close_notify.
  [[nodiscard]] std::optional<std::uint8_t> alert_received() const;
  [[nodiscard]] bool close_notify_received() const;
  /// The DNS names of the server's certificate.
  [[nodiscard]] std::vector<std::string> peer_names() const;
  /// "EC", "RSA", "ED25519"; empty without a certificate.
  [[nodiscard]] std::string peer_key_type() const;
  /// The certificate verified, where it was to be.
  [[nodiscard]] bool verified() const;
  /// The last session that the server gave a ticket for; in TLS 1.3 it comes after the handshake, so read() first.
  [[nodiscard]] Session session() const;
  /// How many tickets came.
  [[nodiscard]] int tickets() const;
  /// The authorities that the server named when it asked for a certificate, by their common names.
  [[nodiscard]] std::vector<std::string> authorities() const;
  /// How many HelloRetryRequests came.
  [[nodiscard]] int hello_retries() const;
  /// What went wrong, for the test's output.
  [[nodiscard]] std::string error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::test
