#include "serve/inspect/respond.hpp"

#include "serve/inspect/render.hpp"

#include <algorithm>

namespace simplon::serve::inspect {

namespace {

http::Response with_common_fields(http::Response response) {
  constexpr std::string_view policy =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'";
  // The facts are of one connection, so no cache may keep them.
  response.fields.push_back({"cache-control", "no-store"});
  response.fields.push_back({"content-security-policy", std::string(policy)});
  response.fields.push_back({"x-content-type-options", "nosniff"});
  response.fields.push_back({"referrer-policy", "no-referrer"});
  return response;
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `visit` with each member of a list whose members `separator` parts.
template <typename Visit>
void for_each_part(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    visit(trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// A weight of 0 means "not acceptable" (RFC 9110 §12.4.2).
bool is_zero_weight(std::string_view parameter) noexcept {
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return false;
  const std::string_view digits = parameter.substr(2);
  return digits.starts_with('0') && digits.find_first_not_of("0.") == std::string_view::npos;
}

/// Whether the client names application/json and not text/html (RFC 9110 §12.5.1). Browsers name text/html, curl
/// sends only `*/*`; both get the page.
bool accepts_json(const http::Request& request) {
  bool json = false;
  bool html = false;
  for (const http::Field& field : request.fields) {
    if (field.name != "accept") continue;
    for_each_part(field.value, ',', [&](std::string_view range) {
      std::string type;
      bool acceptable = true;
      for_each_part(range, ';', [&](std::string_view part) {
        if (type.empty())
          std::ranges::transform(part, std::back_inserter(type),
                                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        else
          acceptable = acceptable && !is_zero_weight(part);
      });
      json = json || (acceptable && type == "application/json");
      html = html || (acceptable && type == "text/html");
    });
  }
  return json && !html;
}

bool asks_for_json(std::string_view query) {
  bool found = false;
  for_each_part(query, '&', [&](std::string_view part) { found = found || part == "format=json"; });
  return found;
}

}  // namespace

http::Response respond(const Facts& facts, const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = http::Response::text(405, "text/plain; charset=utf-8", "Only GET and HEAD.\n");
    response.fields.push_back({"allow", "GET, HEAD"});  // RFC 9110 §15.5.6
    return with_common_fields(std::move(response));
  }
  const std::string_view target = request.path;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  if (path == "/json" || (path == "/" && (asks_for_json(query) || accepts_json(request)))) {
    http::Response response = http::Response::text(200, "application/json", render_json(facts, request));
    response.fields.push_back({"vary", "accept"});
    return with_common_fields(std::move(response));
  }
  if (path == "/") {
    http::Response response = http::Response::text(200, "text/html; charset=utf-8", render_page(facts, request));
    response.fields.push_back({"vary", "accept"});
    return with_common_fields(std::move(response));
  }
  if (path == "/favicon.ico") return with_common_fields({204, {}, nullptr});  // the page brings its own
  return with_common_fields(
      http::Response::text(404, "text/plain; charset=utf-8", "Nothing here. The page is at /, its JSON at /json.\n"));
}

}  // namespace simplon::serve::inspect
