#include "serve/http/http2_stream.hpp"

#include "serve/http/common.hpp"

namespace simplon::serve::http {

namespace {

bool valid_path(const Request& request) noexcept {
  if (request.path == "*") return request.method == "OPTIONS";
  return request.path.starts_with('/') && is_target(request.path);
}

}  // namespace

bool Http2Stream::take(std::string_view name, std::string_view value, std::size_t header_bytes_limit) {
  constexpr std::size_t overhead = 32;  // RFC 9113 §6.5.2
  header_bytes += name.size() + value.size() + overhead;
  if (header_bytes > header_bytes_limit) return false;
  Request& request = exchange->request;
  if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    request.path = value;
  } else if (name == ":protocol") {
    request.upgrade = value;
  } else if (name == ":authority" || name == "host") {
    if (request.authority && !equal_ignoring_case(*request.authority, value)) host_differs = true;
    if (!request.authority) request.authority = value;
  } else if (name == "content-length") {
    request.length = parse_length(value);
  } else if (!name.starts_with(':')) {
    if (name == "expect") request.expects_continue = equal_ignoring_case(value, "100-continue");
    request.fields.push_back({name, value});
  }
  return true;
}

std::optional<Response> Http2Stream::objection(std::size_t header_bytes_limit) const {
  const Request& request = exchange->request;
  if (header_bytes > header_bytes_limit) return refusal(431, "the header is too large (RFC 6585 §5)");
  if (host_differs || !request.authority || !valid_authority(*request.authority)) {
    return refusal(400, "the authority is invalid (RFC 9113 §8.3.1)");
  }
  const bool plain_connect = request.method == "CONNECT" && request.upgrade.empty();
  if (!is_token(request.method) || (!plain_connect && !valid_path(request))) {
    return refusal(400, "the method or the path is invalid (RFC 9113 §8.3.1)");
  }
  return std::nullopt;
}

}  // namespace simplon::serve::http
