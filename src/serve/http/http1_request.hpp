// Requests from HTTP/1.1 bytes (RFC 9112).
#pragma once

#include "serve/http/session.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

namespace simplon::serve::http {

/// A request that can't be served, after which the connection has to end.
struct BadRequest {
  unsigned status;
  std::string_view explanation;  ///< for the client; lives as long as the program
};

/// Reads one request after the other into exchanges.
class Http1RequestParser {
 public:
  enum class Step : std::uint8_t {
    need_more,  ///< and nothing of what was used is kept
    head,       ///< the head is there; its content comes next, if the request has any
    whole,      ///< the request has ended
  };

  explicit Http1RequestParser(const Limits& limits);
  ~Http1RequestParser();
  Http1RequestParser(const Http1RequestParser&) = delete;
  Http1RequestParser& operator=(const Http1RequestParser&) = delete;

  /// Begins the next request, into `exchange`, which must live until the one after that begins.
  void begin(Exchange& exchange);
  /// Reads from the front of `input`, sets `used` to how much of it is done with, and wants the rest again with more
  /// behind it. After `head`, and after `need_more` in the content, call again.
  [[nodiscard]] std::expected<Step, BadRequest> read(Bytes input, std::size_t& used);
  /// Whether the client wants to go on with the connection after this request; known with the head.
  [[nodiscard]] bool keep_alive() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::serve::http
