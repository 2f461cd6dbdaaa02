// Deciding on a connection. Goals: a 3-name offer against 100 routes within 100 ns, against 10,000 server names within
// 200 ns, and a list of 20,000 names in time linear in its bytes.
#include "route/decide.hpp"

#include "simplon/alpn/protocol_list.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace simplon::route {
namespace {

constexpr auto three_names = std::to_array<std::string_view>({"h2", "http/1.1", "spdy/3.1"});

ProtocolId make_id(std::string_view text) { return ProtocolId::from(text).value(); }

ProtocolList make_list(std::span<const std::string_view> names) {
  std::vector<ProtocolIdView> ids;
  for (const std::string_view name : names)
    ids.push_back(ProtocolIdView::from(name).value());
  return ProtocolList::from(ids).value();
}

std::string server_name(std::size_t number) { return "app-" + std::to_string(number) + ".example.com"; }

// As many routes, each for h2 and http/1.1 under a server name of its own.
RouteTable table_of_server_names(std::size_t count) {
  std::vector<RouteSpec> routes(count);
  for (std::size_t i = 0; i < count; ++i) {
    routes[i].server_names = {server_name(i)};
    routes[i].match.names = {make_id("h2"), make_id("http/1.1")};
  }
  return RouteTable::build({ListenerSpec{.name = "public"}}, std::move(routes)).value();
}

// As many routes for any server name, each for a protocol of its own, and last of all one for `last`.
RouteTable table_of_protocols(std::size_t count, std::string_view last) {
  std::vector<RouteSpec> routes(count);
  for (std::size_t i = 0; i + 1 < count; ++i)
    routes[i].match.names = {make_id("protocol-" + std::to_string(i))};
  routes.back().match.names = {make_id(last)};
  return RouteTable::build({ListenerSpec{.name = "public"}}, std::move(routes)).value();
}

Request request_for(std::optional<std::string_view> name, const ProtocolList& offer) {
  return {.listener = 0, .server_name = name, .offer = offer.view()};
}

void decide_by_server_name(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const RouteTable table = table_of_server_names(count);
  const std::string name = server_name(count / 2);
  const ProtocolList offer = make_list(three_names);
  const Request request = request_for(name, offer);
  if (decide(table, request).route != count / 2) state.SkipWithError("another route");
  for (auto _ : state)
    benchmark::DoNotOptimize(decide(table, request));
}
BENCHMARK(decide_by_server_name)->Arg(1)->Arg(100)->Arg(10000);

// Every decision is on another name, in random order: what the caches do not hold has to be fetched.
void decide_by_random_server_name(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const RouteTable table = table_of_server_names(count);
  const ProtocolList offer = make_list(three_names);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i)
    names.push_back(server_name(i));
  std::ranges::shuffle(names, std::mt19937(7301));  // NOLINT(bugprone-random-generator-seed): the same in every run
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decide(table, request_for(names[next], offer)));
    if (++next == count) next = 0;
  }
}
BENCHMARK(decide_by_random_server_name)->Arg(100)->Arg(10000);

void decide_by_protocol(benchmark::State& state, Order order, std::string_view last, bool wins) {
  std::vector<RouteSpec> routes(table_of_protocols(100, last).routes());
  const RouteTable table = RouteTable::build({ListenerSpec{.name = "public", .order = order}}, routes).value();
  const ProtocolList offer = make_list(three_names);
  const Request request = request_for("app.example.com", offer);
  if (decide(table, request).route.has_value() != wins) state.SkipWithError("another answer");
  for (auto _ : state)
    benchmark::DoNotOptimize(decide(table, request));
}
BENCHMARK_CAPTURE(decide_by_protocol, last_of_100_wins, Order::server, "h2", true);
BENCHMARK_CAPTURE(decide_by_protocol, none_of_100_wins, Order::server, "protocol-99", false);
BENCHMARK_CAPTURE(decide_by_protocol, last_of_100_wins_in_client_order, Order::client, "h2", true);

void decide_on_long_offer(benchmark::State& state) {
  const RouteTable table = table_of_protocols(100, "h2");
  std::vector<std::string_view> names(static_cast<std::size_t>(state.range(0)), "xy");
  names.back() = "h2";
  const ProtocolList offer = make_list(names);
  const Request request = request_for("app.example.com", offer);
  for (auto _ : state)
    benchmark::DoNotOptimize(decide(table, request));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decide_on_long_offer)->Arg(10000)->Arg(20000);

}  // namespace
}  // namespace simplon::route
