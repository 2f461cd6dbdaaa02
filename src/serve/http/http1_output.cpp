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

void Output::append_number(std::uint64_t number) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text_.append(digits.data(), end);
}

void Output::append_fields(const Fields& fields) {
  for (const Field field : fields)
    append_field(field.name, field.value);
}

bool move_content(Body& body, Framing framing, Output& output) {
  while (!output.full() && body.size() > 0) {
    // A little more than enough rather than a rest in a record of its own.
    const std::size_t size = std::min(body.size(), Output::enough);
    const std::string_view part = as_text(body.front().first(size));
    if (framing == Framing::chunked) {
      std::array<char, 16> digits;
      const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
      output << std::string_view(digits.data(), end) << "\r\n" << part << "\r\n";
    } else if (framing == Framing::length) {
      output << part;
    }
    body.consume(size);
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
