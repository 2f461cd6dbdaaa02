// Answers made here: a whole request in, a whole response out.
#pragma once

#include "serve/http/exchange.hpp"

namespace simplon::serve::http {

/// Reads a request's content and throws it away, up to a limit, then has a handler answer. Where the client waits to be
/// asked for the content, it is (RFC 9110 §10.1.1).
class AnsweringService final : public Service {
 public:
  static constexpr std::uint64_t default_content_bytes = 64UZ * 1024;

  explicit AnsweringService(Handler handler, std::uint64_t content_bytes = default_content_bytes)
      : handler_(std::move(handler)), content_bytes_(content_bytes) {}

  [[nodiscard]] std::shared_ptr<Exchange> open() override;
  void start(std::shared_ptr<Exchange> exchange) override;

 private:
  class Answer;

  Handler handler_;
  std::uint64_t content_bytes_;
};

/// `response` as it may be sent: without the fields that are not a handler's to say.
[[nodiscard]] Response clean(Response response);

}  // namespace simplon::serve::http
