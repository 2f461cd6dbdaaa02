// An HTTPS client on the loopback interface, as the programs that pace requests and hold connections share it: TLS by
// OpenSSL, h2 by nghttp2, and as much of HTTP/1.1 as the answers of web_backend.cpp need.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

namespace simplon::bench {

enum class Protocol : std::uint8_t { h2, http_1_1 };

/// What each connection is to do; outlives the connections.
struct Plan {
  std::uint16_t port = 0;
  Protocol protocol = Protocol::h2;
  std::string path;
};

struct Answer {
  std::uint64_t request;  ///< the number that `ask` was given
  int status;             ///< 0 where the stream was reset
  std::uint64_t bytes;    ///< of the body
};

using ContextPointer = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// TLS 1.3 or what OPENSSL_CONF says; takes any certificate.
[[nodiscard]] ContextPointer make_context();

/// One connection. Does not move: nghttp2 refers to it.
class Connection {
 public:
  using OnAnswer = std::function<void(const Answer&)>;

  Connection(SSL_CTX* context, const Plan& plan, OnAnswer on_answer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Shakes hands, writes and reads as far as it goes, but reads no more than `read_limit` bytes of HTTP.
  /// False when the connection is over.
  [[nodiscard]] bool advance(std::uint64_t read_limit = UINT64_MAX);

  /// The handshake is done, and under h2 both sides have acknowledged each other's settings.
  [[nodiscard]] bool ready() const { return ready_; }

  /// Sends a request on a connection that is ready; HTTP/1.1 takes one at a time. `advance` writes it.
  void ask(std::uint64_t request);

  /// Requests without an answer.
  [[nodiscard]] std::size_t open_requests() const { return open_requests_; }
  /// Bytes of bodies, of answers that are under way too.
  [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
  /// The name that was negotiated, TLS version, cipher suite and group, as JSON members.
  [[nodiscard]] std::string describe() const;

 private:
  struct Http2;

  bool shake_hands();
  bool write();
  bool read(std::uint64_t limit);
  bool take(const char* data, std::size_t size);
  bool take_http_1(const char* data, std::size_t size);
  bool read_head();
  void start_http2();
  void finish(const Answer& answer);

  const Plan& plan_;
  OnAnswer on_answer_;
  int descriptor_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_;
  std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)> session_{nullptr, nghttp2_session_del};
  std::string outgoing_;
  bool shaken_ = false;
  bool ready_ = false;
  std::size_t open_requests_ = 0;
  std::uint64_t body_bytes_ = 0;

  // HTTP/1.1: the head so far, and the answer under way.
  std::string head_;
  bool in_body_ = false;
  std::uint64_t left_ = 0;
  Answer current_{};
};

}  // namespace simplon::bench
