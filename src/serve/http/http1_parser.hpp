// Requests from HTTP/1.1 bytes: Boost.Beast's parser with what RFC 9112 asks of a server beyond its grammar.
#pragma once

#include "serve/http/server_session.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>

namespace simplon::serve::http {

/// A request that can't be served, after which the connection has to end.
struct BadRequest {
  unsigned status;
  std::string_view explanation;  ///< for the client; lives as long as the program
};

/// Reads one message; a new one for each request.
class Http1Parser {
 public:
  struct NeedMore {
    bool send_continue = false;  ///< the client waits for 100 (Continue) before it sends the body (RFC 9110 §10.1.1)
  };
  struct Whole {
    Request request;
    bool keep_alive;
  };
  using Result = std::variant<NeedMore, Whole, BadRequest>;

  explicit Http1Parser(const Limits& limits);
  ~Http1Parser();
  Http1Parser(const Http1Parser&) = delete;
  Http1Parser& operator=(const Http1Parser&) = delete;

  /// Reads from the front of `input`, sets `used` to how much of it is done with, and wants the rest again with more
  /// behind it. Not to be called again after another result than NeedMore.
  [[nodiscard]] Result read(Bytes input, std::size_t& used);
  /// Whether any byte of a message has been seen.
  [[nodiscard]] bool started() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::serve::http
