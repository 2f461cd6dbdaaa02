// /api/status and /api/reload
#include "admin/api.hpp"
#include "admin/json.hpp"
#include "admin/log_line.hpp"

#include <algorithm>

namespace simplon::admin {

namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::system_clock;

std::string_view name_of(Order order) { return order == Order::server ? "server" : "client"; }

std::string_view name_of(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::ignore:
      return "ignore";
    case Mismatch::report:
      return "report";
    case Mismatch::reject:
      break;
  }
  return "reject";
}

Json listeners(const std::vector<std::string>& addresses, const config::Config& config) {
  Json list = Json::array();
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    list.push_back({{"name", listener.name},
                    {"address", i < addresses.size() ? addresses[i] : listener.address.text},
                    {"order", name_of(listener.order)},
                    {"mismatch", name_of(listener.mismatch)},
                    {"proxy_protocol", listener.proxy_protocol.has_value()},
                    {"redirect", listener.redirect}});
  }
  return list;
}

Json certificates(const serve::Snapshot& snapshot) {
  const auto now = std::chrono::floor<seconds>(system_clock::now());
  struct Expiry {
    std::string_view name;
    std::chrono::sys_seconds not_after;
  };
  std::vector<Expiry> found;
  for (const auto& [name, not_after] : snapshot.certificates())
    found.push_back({name, not_after});
  std::ranges::sort(found, {}, [](const Expiry& each) { return std::pair(each.not_after, each.name); });
  Json list = Json::array();
  for (const Expiry& each : found) {
    list.push_back({{"name", each.name},
                    {"not_after", format_time(each.not_after)},
                    {"days_left", std::chrono::floor<days>(each.not_after - now).count()}});
  }
  return list;
}

}  // namespace

std::string reload_json(const Watched& watched) {
  const record::Reloads reloads = watched.count().reloads;
  Json last;
  if (reloads.last) {
    last = {{"ts", format_time(reloads.last->at)},
            {"cause", reloads.last->cause},
            {"result", reloads.last->applied ? "applied" : "refused"},
            {"problems", reloads.last->problems},
            {"warnings", reloads.last->warnings},
            {"restart_needed", reloads.last->unchanged}};
  }
  return dump({{"applied", reloads.applied}, {"refused", reloads.refused}, {"last", std::move(last)}}) + "\n";
}

std::string status_json(const Watched& watched) {
  const Counted counted = watched.count();
  const auto& snapshot = counted.snapshot;
  Json bounds = Json::array();
  for (const auto bound : record::Histogram::bounds)
    bounds.push_back(to_milliseconds(bound));
  return dump({{"version", SIMPLON_VERSION},
               {"started", format_time(watched.started)},
               {"draining", watched.draining()},
               {"workers", watched.workers},
               {"listeners", listeners(watched.addresses(), snapshot->config())},
               {"certificates", certificates(*snapshot)},
               {"histogram_bounds_ms", std::move(bounds)}}) +
         "\n";
}

}  // namespace simplon::admin
