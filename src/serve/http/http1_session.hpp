// HTTP/1.1 (RFC 9112), the server's side.
#pragma once

#include "serve/http/server_session.hpp"

#include <memory>
#include <string>

namespace simplon::serve::http {

class Http1Parser;

/// Answers one request after the other; pipelined ones in their order, the next one when the answer before it is
/// written, so no more than one answer is ever in memory.
class Http1Session final : public ServerSession {
 public:
  explicit Http1Session(Handler handler, Limits limits = {});
  ~Http1Session() override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override;
  void consume(std::size_t count) override;
  [[nodiscard]] bool wants_read() const override;
  [[nodiscard]] bool finished() const override;
  void shutdown() override;

 private:
  void advance();
  void answer(const Request& request, bool keep_alive);
  void write(const Response& response, Version version, bool head);
  [[nodiscard]] bool writing() const noexcept;

  Handler handler_;
  Limits limits_;
  std::unique_ptr<Http1Parser> parser_;
  std::string input_;  ///< not read yet: a part of a message, or messages behind the one being answered
  std::string output_;
  std::size_t written_ = 0;  ///< of `output_`, then of `body_`
  std::shared_ptr<const std::string> body_;
  bool input_ended_ = false;
  bool closing_ = false;  ///< after `output_` and `body_`
  bool draining_ = false;
};

}  // namespace simplon::serve::http
