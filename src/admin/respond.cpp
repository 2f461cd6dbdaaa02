#include "admin/respond.hpp"

#include "net/endpoint.hpp"
#include "serve/http/common.hpp"

#include <string>
#include <string_view>

namespace simplon::admin {

namespace {

namespace http = serve::http;

constexpr std::string_view plain_text = "text/plain; charset=utf-8";

// Only HTTP/1.0, which no browser speaks, goes without a host.
bool is_trusted(const std::optional<std::string>& authority) {
  if (!authority) return true;
  const std::string host(http::host_of(*authority));
  return host.find('.') == std::string::npos || net::Endpoint::from_ip(host, 0).has_value();
}

http::Response answer(unsigned status, std::string_view type, std::string content) {
  http::Response response = http::Response::text(status, type, std::move(content));
  response.fields.push_back({"cache-control", "no-store"});
  return response;
}

constexpr std::string_view index =
    "simplon admin\n"
    "/metrics  counters for Prometheus\n"
    "/healthz  200 while the gateway runs\n"
    "/readyz   200 while it takes connections, 503 while it drains\n";

std::optional<http::Response> find(const Watched& watched, std::string_view path) {
  if (path == "/") return answer(200, plain_text, std::string(index));
  if (path == "/metrics") return answer(200, metrics_type, metrics_text(watched.count()));
  if (path == "/healthz") return answer(200, plain_text, "ok\n");
  if (path == "/readyz") {
    return watched.draining() ? answer(503, plain_text, "draining\n") : answer(200, plain_text, "ok\n");
  }
  return std::nullopt;
}

}  // namespace

http::Response respond(const Watched& watched, const http::Request& request) {
  if (!is_trusted(request.authority)) {
    return http::refusal(421, "This is no server for that host: use an address or localhost.");
  }
  auto found = find(watched, std::string_view(request.path).substr(0, request.path.find('?')));
  if (!found) return http::refusal(404, "There is nothing here: / lists what there is.");
  if (request.method == "GET" || request.method == "HEAD") return std::move(*found);
  http::Response response = http::refusal(405, "Only GET and HEAD are answered here.");
  response.fields.push_back({"allow", "GET, HEAD"});
  return response;
}

}  // namespace simplon::admin
