#include "serve/http/forwarded.hpp"

#include "serve/http/common.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace simplon::serve::http {

namespace {

bool is_kept(const Request& request, const Field& field) noexcept {
  if (is_hop_by_hop(field.name) || tells_the_client(field.name) || field.name == "proxy-authorization") return false;
  return field.name != "expect" || request.expects_continue;
}

// Whether the client takes trailers, the one transfer coding that concerns the backend (RFC 9110 §10.1.4).
bool takes_trailers(const Fields& fields) noexcept {
  bool found = false;
  for (const Field field : fields) {
    if (field.name != "te") continue;
    for_each_member(field.value,
                    [&](std::string_view member) { found = found || equal_ignoring_case(member, "trailers"); });
  }
  return found;
}

// Whether the text may stand in a Forwarded element without quotes (RFC 7239 §4).
std::string quote_unless_token(std::string_view text) {
  if (is_token(text)) return std::string(text);
  return '"' + std::string(text) + '"';  // an authority holds neither quotes nor backslashes
}

std::string forwarded_element(const Request& request, std::string_view client) {
  std::string element;
  element.reserve(128);
  // RFC 7239 §6: an IPv6 address stands in brackets, and so in quotes.
  const bool bare = client.find(':') == std::string_view::npos;
  element.append(bare ? "for=" : "for=\"[").append(client).append(bare ? ";proto=https" : "]\";proto=https");
  if (request.authority) element += ";host=" + quote_unless_token(*request.authority);
  return element;
}

std::string_view via_of(Version version) noexcept {
  switch (version) {
    case Version::http_1_0:
      return "1.0 simplon";
    case Version::http_1_1:
      return "1.1 simplon";
    case Version::http_2:
      return "2 simplon";
  }
  return "1.1 simplon";
}

}  // namespace

std::string escape_name(std::string_view name) {
  std::string escaped;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool trimmed = c == ' ' && (i == 0 || i + 1 == name.size());  // RFC 9110 §5.5
    if (c >= 0x20 && c < 0x7f && c != '%' && !trimmed) {
      escaped += c;
    } else {
      fmt::format_to(std::back_inserter(escaped), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

void make_forwardable(Request& request, const Sender& client, bool to_http2) {
  const Fields received = std::exchange(request.fields, {});
  Fields& fields = request.fields;
  fields.reserve(received.size() + 7, 1024);
  std::string cookies;
  std::string via;
  for (const Field field : received) {
    if (!is_kept(request, field)) continue;
    if (field.name == "via") {
      via.append(via.empty() ? "" : ", ").append(field.value);
    } else if (field.name == "cookie" && !to_http2) {
      // HTTP/2 clients may send each cookie in a field of its own, HTTP/1.1 knows one field (RFC 9113 §8.2.3).
      cookies.append(cookies.empty() ? "" : "; ").append(field.value);
    } else {
      fields.push_back(field);
    }
  }
  for (const Field field : received) {
    if (field.name == "connection") remove_named(fields, field.value);
  }
  if (!cookies.empty()) fields.push_back({"cookie", cookies});
  if (to_http2 && takes_trailers(received)) fields.push_back({"te", "trailers"});
  fields.push_back({"x-forwarded-for", client.address});
  fields.push_back({"x-forwarded-proto", "https"});
  if (request.authority) fields.push_back({"x-forwarded-host", *request.authority});
  fields.push_back({"forwarded", forwarded_element(request, client.address)});
  if (!client.certificate.empty()) {
    fields.push_back({"client-cert", client.certificate});
    fields.push_back({"x-ssl-client-cn", client.certificate_name});
  }
  fields.push_back({"via", via.append(via.empty() ? "" : ", ").append(via_of(request.version))});
}

}  // namespace simplon::serve::http
