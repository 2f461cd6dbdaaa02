// HTTP/2 (RFC 9113), the server's side, on nghttp2.
#pragma once

#include "serve/http/server_session.hpp"

#include <memory>

namespace simplon::serve::http {

/// Answers up to `max_streams` requests side by side. What is held for them is bounded: a stream that would go past it
/// is refused with REFUSED_STREAM, which tells the client that it may ask again (RFC 9113 §8.7).
class Http2Session final : public ServerSession {
 public:
  static constexpr std::uint32_t max_streams = 100;
  /// Requests that are still arriving and bodies that are still to be sent, over all streams.
  static constexpr std::size_t max_held_bytes = 1024 * 1024;

  explicit Http2Session(Handler handler, Limits limits = {});
  ~Http2Session() override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override;
  void consume(std::size_t count) override;
  [[nodiscard]] bool wants_read() const override;
  [[nodiscard]] bool finished() const override;
  void shutdown() override;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace simplon::serve::http
