#include "simplon/hello/plain_http.hpp"

#include <array>
#include <string_view>

namespace simplon {

HttpGuess looks_like_http(Bytes first_bytes) noexcept {
  static constexpr std::array<std::string_view, 10> beginnings = {
      "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PRI ",
  };
  const std::string_view text = as_text(first_bytes);
  HttpGuess guess = HttpGuess::no;
  for (const std::string_view beginning : beginnings) {
    if (text.starts_with(beginning)) return HttpGuess::yes;
    if (beginning.starts_with(text)) guess = HttpGuess::need_more;
  }
  return guess;
}

}  // namespace simplon
