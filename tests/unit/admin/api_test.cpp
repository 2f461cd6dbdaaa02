// Samples, and pages of connections.
#include "admin/api.hpp"

#include "config/load.hpp"
#include "record/ledger.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace simplon::admin {
namespace {

using nlohmann::json;
using std::chrono::microseconds;

std::shared_ptr<const serve::Snapshot> make_snapshot() {
  constexpr std::string_view configuration = R"(
[[listen]]
name = "one"
address = "127.0.0.1:1"
[[listen]]
name = "two"
address = "127.0.0.1:2"
[[route]]
alpn = ["h2", "none"]
pass = "127.0.0.1:3"
)";
  auto config = config::load_text(configuration, "/test/simplon.toml");
  return *serve::Snapshot::make(std::make_shared<const config::Config>(std::move(config.value())), {}, {});
}

struct AdminSample : testing::Test {
  [[nodiscard]] json sample() const {
    Watched watched;
    watched.count = [this] { return Counted{snapshot, ledger.sum(), {}}; };
    watched.draining = [] { return false; };
    return json::parse(sample_json(watched));
  }
  static void end(record::Counters& counters, record::Verdict verdict, record::Reason reason) {
    record::Connection facts;
    facts.verdict = verdict;
    facts.reason = reason;
    counters.begin_connection(0);
    counters.end_connection(0, facts);
  }

  std::shared_ptr<const serve::Snapshot> snapshot = make_snapshot();
  record::Ledger ledger{snapshot->labels()};
  const std::shared_ptr<record::Counters> first_owner = ledger.open();
  const std::shared_ptr<record::Counters> second_owner = ledger.open();
  record::Counters& first = *first_owner;
  record::Counters& second = *second_owner;
};

TEST_F(AdminSample, HasTheTotalsOfAllShards) {
  const ProtocolIdView h2 = *ProtocolIdView::from("h2");
  const ProtocolIdView mine = *ProtocolIdView::from("mine");
  first.begin_connection(1);
  second.begin_connection(1);
  end(first, record::Verdict::passed, record::Reason::none);
  end(second, record::Verdict::rejected, record::Reason::no_common_protocol);
  end(second, record::Verdict::rejected, record::Reason::no_common_protocol);
  end(second, record::Verdict::failed, record::Reason::not_tls);
  const ProtocolList list = *ProtocolList::from(std::array{h2, mine});
  first.count_hello(0, list.view(), false, microseconds(90));
  second.count_hello(0, std::nullopt, false, microseconds(90'000'000));
  first.count_handshake(h2, "1.3", microseconds(2'000));
  second.count_handshake(h2, "1.2", microseconds(2'000));
  second.count_handshake(std::nullopt, "1.3", microseconds(200));
  first.bytes_in.add(5);
  second.bytes_out.add(1'000'000'000'000);
  first.count_request({.protocol = record::RequestProtocol::h2, .status = 204});
  first.count_http_refusal(record::Reason::flood);

  const json sample = this->sample();
  EXPECT_EQ(sample["active"], (json{{"one", 0}, {"two", 2}}));
  EXPECT_EQ(sample["connections"], (json{{"passed", 1}, {"terminated", 0}, {"rejected", 2}, {"failed", 1}}));
  EXPECT_EQ(sample["offered"], (json{{"h2", 1}, {"other", 1}, {"", 1}}));
  EXPECT_EQ(sample["negotiated"], (json{{"h2", 2}, {"", 1}}));
  EXPECT_EQ(sample["rejects"], (json{{"no_common_protocol", 2}}));
  EXPECT_EQ(sample["failures"], (json{{"not_tls", 1}}));
  EXPECT_EQ(sample["http_refused"], (json{{"flood", 1}}));
  EXPECT_EQ(sample["requests"], (json{{"h2", {{"2xx", 1}}}}));
  EXPECT_EQ(sample["bytes_in"], 5);
  EXPECT_EQ(sample["bytes_out"], 1'000'000'000'000);
  EXPECT_EQ(sample["handshake"].size(), record::Histogram::bounds.size() + 1);
  EXPECT_EQ(sample["handshake"][1], 1);  // up to 250 µs
  EXPECT_EQ(sample["handshake"][4], 2);  // up to 2.5 ms
  EXPECT_EQ(sample["hello"][0], 1);
  EXPECT_EQ(sample["hello"].back(), 1);
}

TEST_F(AdminSample, IsOneLine) { EXPECT_FALSE(sample().dump().contains('\n')); }

std::vector<LiveConnection> make_connections(std::initializer_list<std::uint64_t> ids) {
  std::vector<LiveConnection> made;
  for (const std::uint64_t id : ids)
    made.push_back({.id = id, .facts = {}, .snapshot = {}});
  return made;
}

std::vector<std::uint64_t> ids_of(const json& answer) {
  std::vector<std::uint64_t> ids;
  for (const json& each : answer["connections"])
    ids.push_back(each["id"]);
  return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(AdminConnections, AreOrderedOverTheShards) {
  const json answer = json::parse(connections_json(make_connections({7, 3, 1, 8, 2}), {.size = 3}, true));
  EXPECT_EQ(ids_of(answer), (Ids{8, 7, 3}));
  EXPECT_EQ(answer["next"], 3);
  EXPECT_EQ(answer["complete"], true);
}

TEST(AdminConnections, EndWhereThereAreNoMore) {
  const json answer = json::parse(connections_json(make_connections({5, 6}), {.size = 2}, false));
  EXPECT_EQ(ids_of(answer), (Ids{6, 5}));
  EXPECT_EQ(answer["next"], nullptr);
  EXPECT_EQ(answer["complete"], false);
  EXPECT_EQ(json::parse(connections_json({}, {}, true))["connections"], json::array());
}

TEST(AdminConnections, SayWhatIsKnown) {
  auto made = make_connections({1});
  made[0].phase = Phase::handshake;
  made[0].age = microseconds(1'500);
  record::Connection& facts = made[0].facts;
  facts.listener = "public";
  facts.client = "[2001:db8::1]:1";
  facts.server_name = "a.example";
  facts.offered = {"h2", "http/1.1"};
  facts.route = 2;
  facts.action = "http";
  facts.bytes_in = 3;
  const json answer = json::parse(connections_json(std::move(made), {}, true))["connections"][0];
  EXPECT_EQ(answer["phase"], "handshake");
  EXPECT_EQ(answer["age_ms"], 1.5);
  EXPECT_EQ(answer["listener"], "public");
  EXPECT_EQ(answer["client"], "[2001:db8::1]:1");
  EXPECT_EQ(answer["sni"], "a.example");
  EXPECT_EQ(answer["offered"], json::array({"h2", "http/1.1"}));
  EXPECT_EQ(answer["selected"], nullptr);
  EXPECT_EQ(answer["route"], 2);
  EXPECT_EQ(answer["action"], "http");
  EXPECT_EQ(answer["tls"], nullptr);
  EXPECT_EQ(answer["backend"], nullptr);
  EXPECT_EQ(answer["bytes_in"], 3);
}

}  // namespace
}  // namespace simplon::admin
