// The text that Prometheus reads.
#include "admin/metrics.hpp"

#include "config/load.hpp"
#include "record/ledger.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::admin {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const serve::Snapshot> make_snapshot() {
  auto config = config::load_text(R"(
[[listen]]
name = 'a "quoted" \ name'
address = "127.0.0.1:1"
[[listen]]
name = "line\nend"
address = "127.0.0.1:2"
[[route]]
alpn = ["h2", "my/1"]
pass = ["127.0.0.1:3", "unix:/run/app"]
)",
                                  "/test/simplon.toml");
  return *serve::Snapshot::make(std::make_shared<const config::Config>(std::move(config.value())), {}, {});
}

void offer(record::Counters& counters, std::string_view name, bool would_reject = false) {
  const ProtocolIdView id = *ProtocolIdView::from(name);
  const ProtocolList list = *ProtocolList::from(std::span(&id, 1));
  counters.count_hello(0, list.view(), would_reject, microseconds(500));
}

struct MetricsText : testing::Test {
  [[nodiscard]] std::string text() const {
    return metrics_text({.snapshot = snapshot, .counters = ledger.sum(), .reloads = reloads});
  }

  std::shared_ptr<const serve::Snapshot> snapshot = make_snapshot();
  record::Ledger ledger{snapshot->labels()};
  const std::shared_ptr<record::Counters> first_owner = ledger.open();
  const std::shared_ptr<record::Counters> second_owner = ledger.open();
  record::Counters& first = *first_owner;
  record::Counters& second = *second_owner;
  record::Reloads reloads;
};

TEST_F(MetricsText, SumsOverTheShards) {
  offer(first, "h2");
  offer(first, "h2");
  offer(second, "h2");
  second.bytes_in.add(1'000'000'000'000);
  first.bytes_in.add(1);
  EXPECT_THAT(text(), HasSubstr("# TYPE simplon_offered_total counter\nsimplon_offered_total{alpn=\"h2\"} 3\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_bytes_total{direction=\"in\"} 1000000000001\n"));
}

TEST_F(MetricsText, CountsReloads) {
  reloads.applied = 3;
  reloads.refused = 1;
  EXPECT_THAT(text(), HasSubstr("simplon_reloads_total{result=\"applied\"} 3\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_reloads_total{result=\"refused\"} 1\n"));
}

TEST_F(MetricsText, EscapesWhatOperatorsWrite) {
  first.begin_connection(0);
  EXPECT_THAT(text(), HasSubstr(R"(simplon_active_connections{listener="a \"quoted\" \\ name"} 1)"));
  EXPECT_THAT(text(), HasSubstr(R"(simplon_active_connections{listener="line\nend"} 0)"));
}

TEST_F(MetricsText, MakesOneSeriesOfTenThousandPrivateNames) {
  const auto lines = [](const std::string& all) { return std::ranges::count(all, '\n'); };
  offer(first, "private", true);
  const auto before = lines(text());
  for (int i = 0; i < 10'000; ++i)
    offer(i % 2 == 0 ? first : second, "private/" + std::to_string(i), true);
  EXPECT_EQ(lines(text()), before);
  EXPECT_THAT(text(), HasSubstr("simplon_offered_total{alpn=\"other\"} 10001\n"));
  EXPECT_THAT(text(), HasSubstr(R"(simplon_would_reject_total{listener="a \"quoted\" \\ name",alpn="other"} 10001)"));
  EXPECT_THAT(text(), Not(HasSubstr("private")));
}

TEST_F(MetricsText, HasCumulativeHistograms) {
  offer(first, "h2");
  offer(second, "h2");
  second.count_handshake(std::nullopt, "1.2", microseconds(90'000'000));
  EXPECT_THAT(text(), HasSubstr("# TYPE simplon_hello_seconds histogram\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_hello_seconds_count 2\nsimplon_hello_seconds_sum 0.001\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_hello_seconds_bucket{le=\"0.00025\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_hello_seconds_bucket{le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_hello_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_handshake_seconds_bucket{le=\"60\"} 0\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_handshake_seconds_bucket{le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text(), HasSubstr("simplon_negotiated_total{alpn=\"\",tls=\"1.2\"} 1\n"));
}

TEST_F(MetricsText, BeginsWithZerosForWhatTheConfigurationNames) {
  const std::string all = text();
  EXPECT_THAT(all, HasSubstr(R"(simplon_connections_total{listener="line\nend",verdict="passed"} 0)"));
  EXPECT_THAT(all, HasSubstr("simplon_backend_errors_total{backend=\"unix:/run/app\"} 0\n"));
  EXPECT_THAT(all, HasSubstr("simplon_requests_total{protocol=\"http/1.0\",status=\"5xx\"} 0\n"));
  EXPECT_THAT(all, HasSubstr("simplon_request_seconds_count{protocol=\"h2\"} 0\n"));
  EXPECT_THAT(all, Not(HasSubstr("simplon_rejects_total")));
}

}  // namespace
}  // namespace simplon::admin
