// One event of /api/events
#include "admin/api.hpp"
#include "admin/json.hpp"
#include "admin/log_line.hpp"

#include <cstdint>

namespace simplon::admin {

namespace {

using record::Counters;

class Totals {
 public:
  explicit Totals(const Counters& counters) : counters_(counters), labels_(*counters.labels) {}

  [[nodiscard]] std::uint64_t of(record::Count Counters::* member) const { return (counters_.*member).value(); }

  [[nodiscard]] Json active() const {
    Json by_listener = Json::object();
    for (std::size_t i = 0; i < labels_.listeners().size(); ++i) {
      by_listener[labels_.listeners()[i]] = counters_.listeners[i].active.value();
    }
    return by_listener;
  }

  [[nodiscard]] Json connections() const {
    Json by_verdict = Json::object();
    for (const auto verdict :
         {record::Verdict::passed, record::Verdict::terminated, record::Verdict::rejected, record::Verdict::failed}) {
      std::uint64_t total = 0;
      for (const Counters::OfListener& listener : counters_.listeners)
        total += listener.connections[static_cast<std::size_t>(verdict)].value();
      by_verdict[std::string(record::name_of(verdict))] = total;
    }
    return by_verdict;
  }

  // Of what has been seen; the empty name is that of no protocol.
  template <typename Get>
  [[nodiscard]] Json by_protocol(Get get) const {
    Json counts = Json::object();
    for (std::uint32_t i = 0; i < labels_.protocols(); ++i) {
      const std::uint64_t count = get(counters_.protocols[i]);
      if (count != 0) counts[labels_.protocol_text(i)] = count;
    }
    return counts;
  }

  [[nodiscard]] Json by_reason(Counters::ByReason Counters::* member) const {
    Json counts = Json::object();
    for (std::size_t i = 1; i < record::reason_count; ++i) {
      const std::uint64_t count = (counters_.*member)[i].value();
      if (count != 0) counts[std::string(record::name_of(static_cast<record::Reason>(i)))] = count;
    }
    return counts;
  }

  // How many lay in each bucket, the one above all bounds last.
  [[nodiscard]] Json histogram(record::Histogram Counters::* member) const {
    Json counts = Json::array();
    for (std::size_t i = 0; i <= record::Histogram::bounds.size(); ++i)
      counts.push_back((counters_.*member).count(i));
    return counts;
  }

  [[nodiscard]] Json requests() const {
    Json by_protocol_and_status = Json::object();
    for (std::size_t i = 0; i < record::request_protocols.size(); ++i) {
      Json by_status = Json::object();
      for (std::size_t j = 0; j < record::status_classes.size(); ++j) {
        const std::uint64_t count = counters_.requests[i].statuses[j].value();
        if (count != 0) by_status[std::string(record::status_classes[j])] = count;
      }
      if (!by_status.empty()) by_protocol_and_status[std::string(record::request_protocols[i])] = std::move(by_status);
    }
    return by_protocol_and_status;
  }

 private:
  const Counters& counters_;
  const record::Labels& labels_;
};

}  // namespace

std::string sample_json(const Watched& watched) {
  const Counted counted = watched.count();
  const Totals totals(*counted.counters);
  const auto now = std::chrono::system_clock::now();
  return dump({
      {"ts", format_time(now)},
      {"draining", watched.draining()},
      {"active", totals.active()},
      {"connections", totals.connections()},
      {"bytes_in", totals.of(&Counters::bytes_in)},
      {"bytes_out", totals.of(&Counters::bytes_out)},
      {"offered", totals.by_protocol([](const Counters::OfProtocol& each) { return each.offered.value(); })},
      {"negotiated", totals.by_protocol([](const Counters::OfProtocol& each) {
         return each.negotiated[0].value() + each.negotiated[1].value();
       })},
      {"rejects", totals.by_reason(&Counters::rejects)},
      {"failures", totals.by_reason(&Counters::failures)},
      {"http_refused", totals.by_reason(&Counters::http_refused)},
      {"requests", totals.requests()},
      {"hello", totals.histogram(&Counters::hello)},
      {"handshake", totals.histogram(&Counters::handshake)},
  });
}

}  // namespace simplon::admin
