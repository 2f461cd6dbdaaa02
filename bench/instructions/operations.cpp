// What the hot paths do, so many times, for whoever counts instructions.
//   bench_operations read_hello|decide COUNT
#include "route/decide.hpp"
#include "simplon/alpn/protocol_list.hpp"
#include "simplon/hello/reader.hpp"
#include "unit/hello/samples.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace simplon {
namespace {

// Chrome's hello of 517 bytes; each round from a fresh copy, which is what a peek at the socket gives.
bool read_hello(long count) {
  const std::vector<std::byte> records = to_records(test::chrome_hello().build().value());
  std::vector<std::byte> stream = records;
  bool read = true;
  for (long i = 0; i < count; ++i) {
    std::ranges::copy(records, stream.begin());
    read = std::holds_alternative<ClientHelloView>(read_client_hello(stream, {})) && read;
  }
  return read;
}

// An offer of three names against 100 routes for h2 and http/1.1, each under a server name of its own.
bool decide(long count) {
  std::vector<route::RouteSpec> routes(100);
  for (std::size_t i = 0; i < routes.size(); ++i) {
    routes[i].server_names = {"app-" + std::to_string(i) + ".example.com"};
    for (const std::string_view name : {"h2", "http/1.1"})
      routes[i].match.names.push_back(ProtocolId::from(name).value());
  }
  const route::RouteTable table =
      route::RouteTable::build({route::ListenerSpec{.name = "public"}}, std::move(routes)).value();
  std::vector<ProtocolIdView> ids;
  for (const std::string_view name : {"h2", "http/1.1", "spdy/3.1"})
    ids.push_back(ProtocolIdView::from(name).value());
  const ProtocolList offer = ProtocolList::from(ids).value();
  bool found = true;
  for (long i = 0; i < count; ++i) {
    const auto decision =
        route::decide(table, {.listener = 0, .server_name = "app-50.example.com", .offer = offer.view()});
    found = decision.route == 50U && found;
  }
  return found;
}

}  // namespace
}  // namespace simplon

int main(int count, char** arguments) {
  const std::string_view what = count == 3 ? arguments[1] : "";
  const long times = count == 3 ? std::atol(arguments[2]) : 0;
  if (times > 0 && what == "read_hello") return simplon::read_hello(times) ? 0 : 1;
  if (times > 0 && what == "decide") return simplon::decide(times) ? 0 : 1;
  std::fputs("usage: bench_operations read_hello|decide COUNT\n", stderr);
  return 2;
}
