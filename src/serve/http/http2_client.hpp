// HTTP/2 (RFC 9113), the client's end, on nghttp2: exchanges side by side on one connection.
#pragma once

#include "serve/http/session.hpp"

#include <memory>

namespace simplon::serve::http {

/// Asks a backend that speaks HTTP/2 by prior knowledge (RFC 9113 §3.3).
class Http2Client final : public ClientSession {
 public:
  explicit Http2Client(std::size_t header_bytes);
  ~Http2Client() override;

  void start(std::shared_ptr<Exchange> exchange) override;
  [[nodiscard]] std::size_t capacity() const override;
  [[nodiscard]] bool busy() const override;
  void fail(Failure failure, std::string_view detail) override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override;
  void consume(std::size_t count) override;
  [[nodiscard]] std::size_t wants() const override;
  [[nodiscard]] bool finished() const override;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace simplon::serve::http
