#include "serve/http/common.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/chrono.h>

namespace simplon::serve::http {

namespace {

constexpr char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

constexpr bool is_alphanumeric(char letter) noexcept {
  return (lower(letter) >= 'a' && lower(letter) <= 'z') || (letter >= '0' && letter <= '9');
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char letter) {
    return is_alphanumeric(letter) || marks.find(letter) != std::string_view::npos;
  });
}

}  // namespace

std::string_view name_of(Version version) noexcept {
  switch (version) {
    case Version::http_1_0:
      return "HTTP/1.0";
    case Version::http_1_1:
      return "HTTP/1.1";
    case Version::http_2:
      return "HTTP/2";
  }
  return "HTTP/1.1";
}

std::optional<std::string_view> Request::field(std::string_view name) const noexcept {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

Response Response::text(unsigned status, std::string_view content_type, std::string content) {
  return {
      status, {{"content-type", std::string(content_type)}}, std::make_shared<const std::string>(std::move(content))};
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

Response refusal(unsigned status, std::string_view explanation) {
  return Response::text(status, "text/plain; charset=utf-8", fmt::format("{}\n", explanation));
}

std::string date_now() {
  // fmt's names of days and months are English unless a locale is asked for, as RFC 9110 §5.6.7 wants them.
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

bool may_send(const Field& field) noexcept {
  static constexpr std::array<std::string_view, 8> not_the_handlers = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length", "date", "te"};
  if (!is_token(field.name)) return false;
  if (field.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return false;
  return std::ranges::none_of(
      not_the_handlers, [&](std::string_view name) { return std::ranges::equal(name, field.name, {}, {}, lower); });
}

bool valid_authority(std::string_view authority) noexcept {
  // RFC 3986 §3.2.2: unreserved, pct-encoded and sub-delims, or an address in brackets; then ":" and digits.
  constexpr std::string_view marks = "-._~%!$&'()*+,;=";
  std::size_t host_end = 0;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos || bracket == 1) return false;
    const auto inside = authority.substr(1, bracket - 1);
    if (!std::ranges::all_of(inside, [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; })) return false;
    host_end = bracket + 1;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
    if (!std::ranges::all_of(authority.substr(0, host_end),
                             [&](char c) { return is_alphanumeric(c) || marks.find(c) != std::string_view::npos; }))
      return false;
  }
  // An https URI with an empty host is invalid (RFC 9110 §4.2.2).
  if (host_end == 0) return false;
  if (host_end == authority.size()) return true;
  const auto port = authority.substr(host_end + 1);
  return authority[host_end] == ':' && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

bool without_content(unsigned status) noexcept { return status < 200 || status == 204 || status == 304; }

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), lower);
  return lowered;
}

}  // namespace simplon::serve::http
