// HTTP/1.1 (RFC 9112), the server's end.
#pragma once

#include "serve/http/http1_output.hpp"
#include "serve/http/http1_request.hpp"
#include "serve/http/session.hpp"

#include <memory>
#include <string>

namespace simplon::serve::http {

/// Answers one request after the other; pipelined ones in their order, the next one when the answer before it is
/// written, so no more than one exchange is ever in memory.
class Http1Session final : public ServerSession, private Side {
 public:
  /// `service` must outlive the session.
  explicit Http1Session(Service& service, const Limits& limits = {});
  ~Http1Session() override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override;
  [[nodiscard]] bool more_pending() const override { return !output_.empty() && content_waits(); }
  void consume(std::size_t count) override;
  [[nodiscard]] std::size_t wants() const override;
  [[nodiscard]] bool finished() const override { return closing_ && output_.empty(); }
  void shutdown() override;
  [[nodiscard]] bool reads_head() const override { return phase_ == Phase::head; }
  [[nodiscard]] bool busy() const override { return phase_ != Phase::idle && phase_ != Phase::head; }

 private:
  /// What of the request under way is still to be read.
  enum class Phase : std::uint8_t { idle, head, content, nothing, tunnel };

  void exchange_changed(Exchange& exchange) override;
  /// Reads and writes as far as it goes.
  void advance();
  /// Reads from `input_`; false when more is needed first.
  bool read();
  void refuse(const BadRequest& bad);
  /// Writes what the answering side has said; true once all is.
  bool write();
  /// Content waits in the exchange that goes out from there, behind `output_`.
  [[nodiscard]] bool content_waits() const noexcept;
  void write_interim(const Response& interim);
  void write_head(const Response& response);
  void end_exchange();

  Service& service_;
  Http1RequestParser parser_;
  std::shared_ptr<Exchange> exchange_;
  Phase phase_ = Phase::idle;
  Framing framing_ = Framing::none;
  bool head_written_ = false;
  std::string input_;  ///< not read yet: a part of a message, or messages behind the one being answered
  Output output_;
  bool advancing_ = false;
  bool input_ended_ = false;
  bool closing_ = false;  ///< after `output_`
  bool draining_ = false;
};

}  // namespace simplon::serve::http
