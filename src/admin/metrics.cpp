#include "admin/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace simplon::admin {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using record::Counters;
using Labels = std::vector<ClientMetric::Label>;

constexpr double microseconds_per_second = 1e6;

// One family being filled.
class Family {
 public:
  Family(std::string name, std::string help, MetricType type)
      : family_{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}} {}

  void add(Labels labels, std::uint64_t value) {
    ClientMetric& metric = append(std::move(labels));
    (family_.type == MetricType::Gauge ? metric.gauge.value : metric.counter.value) = static_cast<double>(value);
  }
  // Series whose number the configuration does not fix appear with their first event.
  void add_unless_zero(Labels labels, std::uint64_t value) {
    if (value != 0) add(std::move(labels), value);
  }
  ClientMetric& append(Labels labels) {
    ClientMetric& metric = family_.metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }
  [[nodiscard]] MetricFamily take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

// Family by family.
class Collector final : public prometheus::Collectable {
 public:
  explicit Collector(const Counted& counted)
      : counted_(counted), counters_(*counted.counters), labels_(*counted.counters->labels) {}

  [[nodiscard]] std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families = {
        connections(),
        active(),
        offered(),
        negotiated(),
        by_reason("simplon_rejects_total", "Connections refused before any handshake, by reason.", &Counters::rejects),
        by_reason("simplon_failures_total", "All other connections that ended otherwise than well, by reason.",
                  &Counters::failures),
        would_reject(),
        times("simplon_hello_seconds", "From accept to a whole ClientHello.", &Counters::hello),
        times("simplon_handshake_seconds", "From a whole ClientHello to the end of the handshake.",
              &Counters::handshake),
        bytes("simplon_bytes_total", "Bytes from (in) and to (out) clients; where TLS ends here, without TLS.",
              &Counters::bytes_in, &Counters::bytes_out),
        backend_errors(),
        certificates(),
        reloads(),
        requests(),
        request_times(),
        bytes("simplon_request_bytes_total", "Bytes of the content of HTTP requests (in) and responses (out).",
              &Counters::request_bytes_in, &Counters::request_bytes_out),
        by_reason("simplon_http_refused_total",
                  "HTTP requests, and connections for how HTTP was spoken on them, refused, by reason.",
                  &Counters::http_refused)};
    std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
    return families;
  }

 private:
  [[nodiscard]] MetricFamily connections() const {
    Family family("simplon_connections_total", "Connections that have ended, by how.", MetricType::Counter);
    for (std::size_t i = 0; i < labels_.listeners().size(); ++i) {
      for (std::size_t verdict = 0; verdict < 4; ++verdict) {
        family.add({{"listener", labels_.listeners()[i]},
                    {"verdict", std::string(name_of(static_cast<record::Verdict>(verdict)))}},
                   counters_.listeners[i].connections[verdict].value());
      }
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily active() const {
    Family family("simplon_active_connections", "Connections alive.", MetricType::Gauge);
    for (std::size_t i = 0; i < labels_.listeners().size(); ++i) {
      family.add({{"listener", labels_.listeners()[i]}}, counters_.listeners[i].active.value());
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily offered() const {
    Family family("simplon_offered_total",
                  "Connections whose client offered a protocol; alpn=\"\": it sent no ALPN extension.",
                  MetricType::Counter);
    for (std::uint32_t i = 0; i < labels_.protocols(); ++i) {
      family.add_unless_zero({{"alpn", labels_.protocol_text(i)}}, counters_.protocols[i].offered.value());
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily negotiated() const {
    Family family("simplon_negotiated_total", "Handshakes done, by what was selected; alpn=\"\": nothing was.",
                  MetricType::Counter);
    constexpr std::array versions = {"1.2", "1.3"};
    for (std::uint32_t i = 0; i < labels_.protocols(); ++i) {
      for (std::size_t version = 0; version < versions.size(); ++version) {
        family.add_unless_zero({{"alpn", labels_.protocol_text(i)}, {"tls", versions[version]}},
                               counters_.protocols[i].negotiated[version].value());
      }
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily by_reason(std::string name, std::string help,
                                       Counters::ByReason Counters::* member) const {
    Family family(std::move(name), std::move(help), MetricType::Counter);
    for (std::size_t i = 1; i < record::reason_count; ++i) {
      family.add_unless_zero({{"reason", std::string(name_of(static_cast<record::Reason>(i)))}},
                             (counters_.*member)[i].value());
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily would_reject() const {
    Family family("simplon_would_reject_total",
                  "Offers that mismatch = \"report\" let through, by each protocol in them.", MetricType::Counter);
    for (std::size_t i = 0; i < labels_.listeners().size(); ++i) {
      for (std::uint32_t j = 0; j < labels_.protocols(); ++j) {
        family.add_unless_zero({{"listener", labels_.listeners()[i]}, {"alpn", labels_.protocol_text(j)}},
                               counters_.listeners[i].would_reject[j].value());
      }
    }
    return family.take();
  }

  static void fill(ClientMetric& metric, const record::Histogram& counted) {
    ClientMetric::Histogram& histogram = metric.histogram;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < record::Histogram::bounds.size(); ++i) {
      cumulative += counted.count(i);
      const auto bound = static_cast<double>(record::Histogram::bounds[i].count());
      histogram.bucket.push_back({.cumulative_count = cumulative, .upper_bound = bound / microseconds_per_second});
    }
    histogram.sample_count = cumulative + counted.count(record::Histogram::bounds.size());
    histogram.sample_sum = static_cast<double>(counted.sum()) / microseconds_per_second;
  }

  [[nodiscard]] MetricFamily times(std::string name, std::string help, record::Histogram Counters::* member) const {
    Family family(std::move(name), std::move(help), MetricType::Histogram);
    fill(family.append({}), counters_.*member);
    return family.take();
  }

  [[nodiscard]] MetricFamily bytes(std::string name, std::string help, record::Count Counters::* in,
                                   record::Count Counters::* out) const {
    Family family(std::move(name), std::move(help), MetricType::Counter);
    family.add({{"direction", "in"}}, (counters_.*in).value());
    family.add({{"direction", "out"}}, (counters_.*out).value());
    return family.take();
  }

  [[nodiscard]] MetricFamily backend_errors() const {
    Family family("simplon_backend_errors_total",
                  "Attempts to reach a backend that failed, and connections and requests that it broke off.",
                  MetricType::Counter);
    for (std::uint32_t i = 0; i < labels_.backends(); ++i) {
      family.add({{"backend", std::string(labels_.backend_text(i))}}, counters_.backend_errors[i].value());
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily certificates() const {
    Family family("simplon_certificate_not_after_timestamp_seconds",
                  "When the certificate for a name expires; of several, the first to.", MetricType::Gauge);
    for (const auto& [name, not_after] : counted_.snapshot->certificates())
      family.append({{"name", name}}).gauge.value = static_cast<double>(not_after.time_since_epoch().count());
    return family.take();
  }

  [[nodiscard]] MetricFamily reloads() const {
    Family family("simplon_reloads_total",
                  "Times that another configuration or another certificate was applied, or refused whole.",
                  MetricType::Counter);
    family.add({{"result", "applied"}}, counted_.reloads.applied);
    family.add({{"result", "refused"}}, counted_.reloads.refused);
    return family.take();
  }

  [[nodiscard]] MetricFamily requests() const {
    Family family("simplon_requests_total",
                  "HTTP requests that have ended, by the client's protocol and the status class; status=\"none\": the "
                  "client left before there was one.",
                  MetricType::Counter);
    for (std::size_t i = 0; i < record::request_protocols.size(); ++i) {
      for (std::size_t status = 0; status < record::status_classes.size(); ++status) {
        family.add({{"protocol", std::string(record::request_protocols[i])},
                    {"status", std::string(record::status_classes[status])}},
                   counters_.requests[i].statuses[status].value());
      }
    }
    return family.take();
  }

  [[nodiscard]] MetricFamily request_times() const {
    Family family("simplon_request_seconds", "From an HTTP request's first byte to its end.", MetricType::Histogram);
    for (std::size_t i = 0; i < record::request_protocols.size(); ++i) {
      fill(family.append({{"protocol", std::string(record::request_protocols[i])}}), counters_.requests[i].seconds);
    }
    return family.take();
  }

  const Counted& counted_;
  const Counters& counters_;
  const record::Labels& labels_;
};

}  // namespace

std::string metrics_text(const Counted& counted) {
  return prometheus::TextSerializer().Serialize(Collector(counted).Collect());
}

}  // namespace simplon::admin
