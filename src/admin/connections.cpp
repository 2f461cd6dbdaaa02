// /api/connections
#include "admin/api.hpp"
#include "admin/json.hpp"
#include "admin/log_line.hpp"

#include <algorithm>

namespace simplon::admin {

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::handshake:
      return "handshake";
    case Phase::open:
      return "open";
    case Phase::hello:
      break;
  }
  return "hello";
}

std::string connections_json(std::vector<LiveConnection> found, Page page, bool complete) {
  std::ranges::sort(found, std::ranges::greater{}, &LiveConnection::id);
  const bool more = found.size() > page.size;
  Json list = Json::array();
  for (const LiveConnection& each : std::span(found).first(std::min(found.size(), page.size))) {
    const record::Connection& facts = each.facts;
    list.push_back({{"id", each.id},
                    {"ts", format_time(facts.started)},
                    {"age_ms", to_milliseconds(each.age)},
                    {"phase", name_of(each.phase)},
                    {"listener", facts.listener},
                    {"client", facts.client},
                    {"sni", or_null(facts.server_name)},
                    {"offered", or_null(facts.offered)},
                    {"selected", or_null(facts.selected)},
                    {"route", or_null(facts.route)},
                    {"action", or_null(facts.action)},
                    {"tls", or_null(facts.tls)},
                    {"cipher", or_null(facts.cipher)},
                    {"resumed", facts.resumed},
                    {"backend", or_null(facts.backend)},
                    {"bytes_in", facts.bytes_in},
                    {"bytes_out", facts.bytes_out}});
  }
  const Json next = more ? Json(found[page.size - 1].id) : Json();
  return dump({{"connections", std::move(list)}, {"next", next}, {"complete", complete}}) + "\n";
}

}  // namespace simplon::admin
