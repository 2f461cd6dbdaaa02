#include "serve/http/http1_output.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace simplon::serve::http {

void Output::consume(std::size_t count) noexcept {
  written_ += count;
  if (empty()) clear();
}

void Output::clear() noexcept {
  // An idle connection keeps no large buffer.
  constexpr std::size_t kept = 2048;
  if (text_.capacity() > kept) {
    std::string().swap(text_);
  } else {
    text_.clear();
  }
  written_ = 0;
}

void Output::compact() {
  text_.erase(0, written_);
  written_ = 0;
}

void Output::append_number(std::uint64_t number) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text_.append(digits.data(), end);
}

void Output::append_fields(const Fields& fields) {
  for (const Field field : fields)
    append_field(field.name, field.value);
}

void move_bytes(Body& body, std::size_t enough, Output& output) {
  if (output.size() >= enough) return;
  const std::size_t size = std::min(body.size(), enough - output.size());
  output << as_text(body.front().first(size));
  body.consume(size);
}

bool move_content(Body& body, Framing framing, Output& output) {
  if (framing == Framing::none) body.consume(body.size());
  if (framing == Framing::length) move_bytes(body, Output::enough, output);
  while (framing == Framing::chunked && !output.full() && body.size() > 0) {
    const std::size_t size = std::min(body.size(), Output::enough - output.size());
    std::array<char, 16> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
    output << std::string_view(digits.data(), end) << "\r\n";
    move_bytes(body, output.size() + size, output);
    output << "\r\n";
  }
  if (!body.finished()) return false;
  if (framing == Framing::chunked) {
    output << "0\r\n";
    output.append_fields(body.trailers);
    output << "\r\n";
  }
  return true;
}

}  // namespace simplon::serve::http
