// HTTP/1.1 (RFC 9112), the client's end: one exchange after the other on one connection.
#pragma once

#include "serve/http/http1_output.hpp"
#include "serve/http/http1_response.hpp"
#include "serve/http/session.hpp"

#include <memory>
#include <string>

namespace simplon::serve::http {

/// Asks a backend. The request's fields are sent as they are: whoever starts the exchange has made them fit.
class Http1Client final : public ClientSession, private Side {
 public:
  explicit Http1Client(std::size_t header_bytes) : parser_(header_bytes) {}
  ~Http1Client() override;

  void start(std::shared_ptr<Exchange> exchange) override;
  [[nodiscard]] std::size_t capacity() const override { return exchange_ || closing_ ? 0 : 1; }
  [[nodiscard]] bool busy() const override { return exchange_ != nullptr; }
  void fail(Failure failure, std::string_view detail) override;

  void receive(Bytes bytes) override;
  void receive_end() override;
  [[nodiscard]] Bytes pending() override { return output_.pending(); }
  void consume(std::size_t count) override;
  [[nodiscard]] std::size_t wants() const override;
  /// The client has ended its side of a tunnel (RFC 8441 §5 for HTTP/2); a backend may answer that.
  [[nodiscard]] bool half_closed() const override { return tunnel_ && request_written_ && output_.empty(); }
  [[nodiscard]] bool finished() const override { return closing_; }

 private:
  void exchange_changed(Exchange& exchange) override;
  void write_head(const Request& request);
  /// Writes what of the request's content has come.
  void write();
  /// Reads from `bytes`; returns how much of it is done with.
  std::size_t read(Bytes bytes);
  void take_head();
  /// The response is whole.
  void finish();

  Http1ResponseParser parser_;
  std::shared_ptr<Exchange> exchange_;
  Framing framing_ = Framing::none;
  bool request_written_ = false;
  bool tunnel_ = false;
  bool closing_ = false;  ///< the connection is of no more use
  std::string input_;     ///< the part of a line
  Output output_;
};

}  // namespace simplon::serve::http
