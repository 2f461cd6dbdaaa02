// HTTP/2 (RFC 9113), the server's end, on nghttp2.
#pragma once

#include "serve/http/session.hpp"

#include <memory>

namespace simplon::serve::http {

/// Answers up to `Limits::streams` requests side by side. What is held for them is bounded: a stream that would go past
/// it is refused with REFUSED_STREAM, which tells the client that it may ask again (RFC 9113 §8.7). A client that
/// floods is told ENHANCE_YOUR_CALM.
class Http2Session final : public ServerSession {
 public:
  /// Heads that were received and contents made here, over all streams.
  static constexpr std::size_t max_held_bytes = 1024UZ * 1024;

  /// `service` must outlive the session.
  explicit Http2Session(Service& service, const Limits& limits = {});
  ~Http2Session() override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override;
  void consume(std::size_t count) override;
  [[nodiscard]] std::size_t wants() const override;
  [[nodiscard]] bool finished() const override;
  void shutdown() override;
  [[nodiscard]] bool reads_head() const override;
  [[nodiscard]] bool busy() const override;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace simplon::serve::http
