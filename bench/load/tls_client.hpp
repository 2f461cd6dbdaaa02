// A TLS client on the loopback interface: shakes hands, asks, reads an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

namespace simplon::bench {

/// What bench_backend answers, in bytes.
inline constexpr std::size_t answer_bytes = 1500;

using ContextOwner = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// For clients of TLS `version`, "1.2" or "1.3", that offer h2 and http/1.1 and take any certificate; else what OpenSSL
/// offers by itself, or with `aes_128_first` the suites in the order of browsers.
[[nodiscard]] ContextOwner make_client_context(const std::string& version, bool aes_128_first);

/// One client, again and again. Does not move: the TLS library refers to it.
class TlsClient {
 public:
  enum class State : std::uint8_t { open, finished, failed };

  TlsClient() = default;
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() { close(); }

  /// Begins to connect; with `resume` it goes on with the session of the connection before, if that had one.
  void open(SSL_CTX* context, std::uint16_t port, bool resume);
  /// Goes as far as it can: `finished` when it has the whole answer. A session that was not gone on with is a failure.
  [[nodiscard]] State advance();
  /// Tells the server, waits for nothing, and closes.
  void close();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] SSL* tls() const { return tls_.get(); }
  /// Whether the handshake is over and the question is asked.
  [[nodiscard]] bool asked() const { return asked_; }
  /// Whether this connection was begun with a session to go on with.
  [[nodiscard]] bool resumes() const { return resumes_; }

 private:
  friend ContextOwner make_client_context(const std::string& version, bool aes_128_first);
  static int keep_session(SSL* tls, SSL_SESSION* session);

  int descriptor_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_{nullptr, SSL_SESSION_free};
  bool resumes_ = false;
  bool asked_ = false;
  std::size_t received_ = 0;
};

/// Whether the library's `result` of a call means that the socket is not ready.
[[nodiscard]] bool must_wait(const SSL* tls, int result);

}  // namespace simplon::bench
