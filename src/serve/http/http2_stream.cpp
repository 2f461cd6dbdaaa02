#include "serve/http/http2_stream.hpp"

namespace simplon::serve::http {

bool Http2Stream::take(std::string_view name, std::string_view value, const Limits& limits) {
  constexpr std::size_t overhead = 32;  // RFC 9113 §6.5.2
  header_bytes += name.size() + value.size() + overhead;
  if (header_bytes > limits.header_bytes) return false;
  if (name == ":method") {
    request.method = value;
  } else if (name == ":path") {
    request.path = value;
  } else if (name == ":authority" || name == "host") {
    if (request.authority && *request.authority != value) host_differs = true;
    if (!request.authority) request.authority = value;
  } else if (!name.starts_with(':')) {
    request.fields.push_back({std::string(name), std::string(value)});
  }
  return true;
}

}  // namespace simplon::serve::http
