#include "admin/respond.hpp"

#include "admin/api.hpp"
#include "admin/dashboard/files.hpp"
#include "net/endpoint.hpp"
#include "serve/http/common.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <expected>
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

constexpr std::string_view index =
    "There is nothing here. What there is:\n"
    "/                 the dashboard\n"
    "/metrics          counters for Prometheus\n"
    "/healthz          200 while the gateway runs\n"
    "/readyz           200 while it takes connections, 503 while it drains\n"
    "/api/status       version, listeners, certificates\n"
    "/api/routes       routes and their backends\n"
    "/api/reload       what became of reloads\n"
    "/api/connections  those alive; ?limit=N&before=ID\n"
    "/api/events       totals each second, as server-sent events\n";

// A number of a query; nothing where it is none.
template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::expected<Page, std::string_view> parse_page(std::string_view query) {
  Page page;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(name.size() + 1, pair.size()));
    if (name == "limit") {
      if (!parse(value, page.size) || page.size == 0 || page.size > Page::max_size) {
        return std::unexpected("limit is a number from 1 to 1000.");
      }
    } else if (name == "before") {
      if (!parse(value, page.before)) return std::unexpected("before is the `next` of the page before.");
    } else {
      return std::unexpected("There are two parameters: limit and before.");
    }
  }
  return page;
}

Answer list_connections(std::string_view query) {
  const auto page = parse_page(query);
  if (!page) return http::refusal(400, page.error());
  return ConnectionsWanted{*page};
}

struct Path {
  std::string_view path;
  bool open;  // to who shows no token
  Answer (*answer)(const Watched&, std::string_view query);
};

constexpr std::array paths = {
    Path{"/healthz", true, [](const Watched&, std::string_view) -> Answer { return answer(200, plain_text, "ok\n"); }},
    Path{"/readyz", true,
         [](const Watched& watched, std::string_view) -> Answer {
           return watched.draining() ? answer(503, plain_text, "draining\n") : answer(200, plain_text, "ok\n");
         }},
    Path{"/metrics", false,
         [](const Watched& watched, std::string_view) -> Answer {
           return answer(200, metrics_type, metrics_text(watched.count()));
         }},
    Path{"/api/status", false,
         [](const Watched& watched, std::string_view) -> Answer {
           return answer(200, json_type, status_json(watched));
         }},
    Path{"/api/reload", false,
         [](const Watched& watched, std::string_view) -> Answer {
           return answer(200, json_type, reload_json(watched));
         }},
    Path{"/api/routes", false,
         [](const Watched& watched, std::string_view) -> Answer {
           return answer(200, json_type, routes_json(watched));
         }},
    Path{"/api/connections", false,
         [](const Watched&, std::string_view query) -> Answer { return list_connections(query); }},
    Path{"/api/events", false, [](const Watched&, std::string_view) -> Answer { return EventsWanted{}; }},
};

// The page and what it loads hold nothing of this gateway: what they show they ask for, with the token.
std::optional<http::Response> find_file(std::string_view path) {
  const auto file = std::ranges::find(dashboard_files, path, &DashboardFile::path);
  if (file == dashboard_files.end()) return std::nullopt;
  http::Response response = answer(200, file->type, std::string(file->content));
  response.fields.push_back({"content-security-policy", dashboard_policy});
  response.fields.push_back({"referrer-policy", "no-referrer"});
  return response;
}

http::Response demand_token() {
  http::Response response = http::refusal(401, "Show the token of [admin] token_file: Authorization: Bearer TOKEN");
  response.fields.push_back({"www-authenticate", "Bearer realm=\"simplon\""});
  return response;
}

}  // namespace

http::Response answer(unsigned status, std::string_view type, std::string content) {
  http::Response response = http::Response::text(status, type, std::move(content));
  response.fields.push_back({"cache-control", "no-store"});
  response.fields.push_back({"x-content-type-options", "nosniff"});
  return response;
}

Answer respond(const Watched& watched, const http::Request& request) {
  if (!watched.token && !is_trusted(request.authority)) {
    return http::refusal(421, "This is no server for that host: use an address or localhost.");
  }
  const std::string_view target = request.path;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(path.size() + 1, target.size()));
  const auto* const known = std::ranges::find(paths, path, &Path::path);
  auto file = find_file(path);
  const bool open = file || (known != paths.end() && known->open);
  if (watched.token && !open && !watched.token->admits(request.field("authorization"))) return demand_token();
  if (!file && known == paths.end()) return http::refusal(404, index);
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = http::refusal(405, "Only GET and HEAD are answered here.");
    response.fields.push_back({"allow", "GET, HEAD"});
    return response;
  }
  if (file) return std::move(*file);
  return known->answer(watched, query);
}

}  // namespace simplon::admin
