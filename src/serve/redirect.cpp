#include "serve/http/answering.hpp"
#include "serve/http/common.hpp"
#include "serve/owners.hpp"
#include "serve/speak_http.hpp"

#include <algorithm>
#include <string>

namespace simplon::serve {

namespace {

constexpr std::uint16_t https_port = 443;

// Where browsers reach the sites that this gateway serves: the usual port if any listener has it, else the first one's.
std::uint16_t find_https_port(const config::Config& config) {
  std::uint16_t first = 0;
  for (const config::Listener& listener : config.listeners) {
    if (listener.redirect) continue;
    if (listener.address.port == https_port) return https_port;
    if (first == 0) first = listener.address.port;
  }
  return first == 0 ? https_port : first;
}

http::Response redirect_to(std::uint16_t port, const http::Request& request) {
  if (!request.authority) return http::refusal(400, "Host is missing: there is no telling where to go.");
  const std::string_view host = http::host_of(*request.authority);
  std::string location = "https://";
  location += host.find(':') == std::string_view::npos ? std::string(host) : '[' + std::string(host) + ']';
  if (port != https_port) location += ':' + std::to_string(port);
  location += request.path.starts_with('/') ? request.path : "/";
  http::Response response = http::Response::text(301, "text/plain; charset=utf-8", "Moved to " + location + "\n");
  response.fields.push_back({"location", location});
  return response;
}

}  // namespace

net::Task<void> redirect(std::shared_ptr<Connection> connection) {
  connection->facts.verdict = record::Verdict::terminated;
  connection->facts.action = "redirect";
  const std::uint16_t port = find_https_port(connection->config());
  auto service = std::make_unique<http::AnsweringService>(
      [port](const http::Request& request) { return redirect_to(port, request); });
  return speak_plain_http(std::move(connection), std::move(service));
}

}  // namespace simplon::serve
