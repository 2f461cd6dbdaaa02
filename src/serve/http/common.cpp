#include "serve/http/common.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <system_error>

#include <fmt/chrono.h>

namespace simplon::serve::http {

namespace {

constexpr bool is_alphanumeric(char letter) noexcept {
  return (to_lower(letter) >= 'a' && to_lower(letter) <= 'z') || (letter >= '0' && letter <= '9');
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char letter) {
    return is_alphanumeric(letter) || marks.find(letter) != std::string_view::npos;
  });
}

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

Response Response::text(unsigned status, std::string_view content_type, std::string content) {
  return {status, {{"content-type", content_type}}, std::make_shared<const std::string>(std::move(content))};
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

Response refusal(unsigned status, std::string_view explanation) {
  return Response::text(status, "text/plain; charset=utf-8", fmt::format("{}\n", explanation));
}

std::string_view date_now() {
  thread_local std::string text;
  thread_local std::time_t made = -1;
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (now != made) {
    made = now;
    // fmt's names of days and months are English unless a locale is asked for, as RFC 9110 §5.6.7 wants them.
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now));
  }
  return text;
}

bool may_send(const Field& field) noexcept {
  static constexpr std::array<std::string_view, 8> not_the_handlers = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "content-length", "date", "te"};
  if (!is_token(field.name)) return false;
  if (field.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return false;
  return std::ranges::none_of(
      not_the_handlers, [&](std::string_view name) { return std::ranges::equal(name, field.name, {}, {}, to_lower); });
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

std::string_view host_of(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool without_content(unsigned status) noexcept { return status < 200 || status == 204 || status == 304; }

bool is_target(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size() || length >> 63 != 0) return std::nullopt;
  return length;
}

bool is_hop_by_hop(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 7> of_the_connection = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "proxy-authenticate"};
  return std::ranges::any_of(of_the_connection, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

bool tells_the_client(std::string_view name) noexcept {
  // Client-Cert and Client-Cert-Chain: RFC 9440 §2.
  static constexpr std::array<std::string_view, 5> names = {"forwarded", "x-real-ip", "client-cert",
                                                            "client-cert-chain", "x-ssl-client-cn"};
  const auto fold = [](char letter) { return letter == '_' ? '-' : to_lower(letter); };
  constexpr std::string_view family = "x-forwarded-";
  return std::ranges::equal(name.substr(0, family.size()), family, {}, fold) ||
         std::ranges::any_of(names, [&](std::string_view each) { return std::ranges::equal(name, each, {}, fold); });
}

bool may_trail(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 14> in_the_head_only = {
      "content-length", "host",   "trailer", "authorization", "cookie",        "set-cookie",       "cache-control",
      "content-type",   "expect", "range",   "max-forwards",  "content-range", "content-encoding", "age"};
  return !is_hop_by_hop(name) && !tells_the_client(name) &&
         std::ranges::none_of(in_the_head_only, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

void remove_named(Fields& fields, std::string_view connection) {
  for_each_member(connection, [&](std::string_view name) { fields.remove(lower_case(name)); });
}

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), to_lower);
  return lowered;
}

}  // namespace simplon::serve::http
