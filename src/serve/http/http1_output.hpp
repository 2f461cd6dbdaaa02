// Messages as HTTP/1.1 bytes (RFC 9112), for both ends.
#pragma once

#include "serve/http/body.hpp"
#include "serve/http/fields.hpp"
#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace simplon::serve::http {

/// What waits to be written, built up until it is large and given away from its front.
class Output {
 public:
  /// What one TLS record holds, in bytes (RFC 8446 §5.1).
  static constexpr std::size_t record = 16384;
  /// So much is made of a long content at once, in bytes.
  static constexpr std::size_t enough = 4 * record;

  [[nodiscard]] Bytes pending() const noexcept { return as_bytes(text_).subspan(written_); }
  [[nodiscard]] std::size_t size() const noexcept { return text_.size() - written_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] bool full() const noexcept { return size() >= enough; }
  void consume(std::size_t count) noexcept;
  void clear() noexcept;
  /// Moves what is left to the front, so that adding more takes no more memory.
  void compact();

  Output& operator<<(std::string_view text) {
    text_.append(text);
    return *this;
  }
  void append_number(std::uint64_t number);
  void append_field(std::string_view name, std::string_view value) { *this << name << ": " << value << "\r\n"; }
  void append_fields(const Fields& fields);

 private:
  std::string text_;
  std::size_t written_ = 0;
};

/// How content is delimited (RFC 9112 §6).
enum class Framing : std::uint8_t {
  none,    ///< there is no content
  length,  ///< Content-Length, or the end of the connection: bytes as they are
  chunked,
};

/// Moves what waits in `body` to `output` as it is, until that holds `enough` bytes.
void move_bytes(Body& body, std::size_t enough, Output& output);

/// Moves what waits in `body` to `output`, until that is full; the end too, where it has come. True once all is moved.
bool move_content(Body& body, Framing framing, Output& output);

}  // namespace simplon::serve::http
