// Responses from HTTP/1.1 bytes (RFC 9112).
#pragma once

#include "serve/http/session.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <string_view>

namespace simplon::serve::http {

/// Reads one response after the other, interim ones too.
class Http1ResponseParser {
 public:
  enum class Step : std::uint8_t {
    need_more,
    interim,  ///< a 1xx other than 101, now the last of the exchange's `interim`
    head,     ///< the final response's head, or 101's; its content comes next
    whole,    ///< the response has ended
  };

  explicit Http1ResponseParser(std::size_t header_bytes);
  ~Http1ResponseParser();
  Http1ResponseParser(const Http1ResponseParser&) = delete;
  Http1ResponseParser& operator=(const Http1ResponseParser&) = delete;

  /// Begins to read the responses to the request of `exchange`, which must live until the next begins.
  void begin(Exchange& exchange);
  /// Reads from the front of `input`, sets `used` to how much of it is done with, and wants the rest again with more
  /// behind it. Fails with a sentence for the log.
  [[nodiscard]] std::expected<Step, std::string_view> read(Bytes input, std::size_t& used);
  /// The backend has ended the stream: whether that ended the response too (RFC 9112 §6.3).
  [[nodiscard]] bool read_end();
  /// Whether any byte of a response has come.
  [[nodiscard]] bool started() const noexcept;
  /// Whether the connection can be used again after this response; known with the head.
  [[nodiscard]] bool keep_alive() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::serve::http
