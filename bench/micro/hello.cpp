// Reading ClientHellos. Goals: a 517-byte one of Chrome within 250 ns, a post-quantum one of 1,800 bytes in three
// records within 1 us, a list of 20,000 names in time linear in its bytes.
#include "simplon/hello/ja4.hpp"
#include "simplon/hello/reader.hpp"
#include "simplon/hello/server_name.hpp"
#include "unit/hello/samples.hpp"

#include <string>

#include <benchmark/benchmark.h>

namespace simplon {
namespace {

/// Reads `records` again and again; joining changes the stream, so each round starts from a fresh copy of it, which is
/// what a peek at the socket gives. The copy is part of what is measured.
void read_records(benchmark::State& state, const std::vector<std::byte>& records) {
  std::vector<std::byte> stream = records;
  if (!std::holds_alternative<ClientHelloView>(read_client_hello(stream, {}))) state.SkipWithError("no hello");
  for (auto _ : state) {
    std::copy(records.begin(), records.end(), stream.begin());
    benchmark::DoNotOptimize(read_client_hello(stream, {}));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}

void read_chrome_517(benchmark::State& state) { read_records(state, to_records(test::chrome_hello().build().value())); }
BENCHMARK(read_chrome_517);

void read_post_quantum_in_three_records(benchmark::State& state) {
  auto real = test::real_hello("chromium");
  const auto outcome = read_client_hello(real, {});
  const Bytes message = std::get<ClientHelloView>(outcome).message;
  read_records(state, to_records(message, message.size() / 3 + 1));
}
BENCHMARK(read_post_quantum_in_three_records);

void read_one_byte_records(benchmark::State& state) {
  read_records(state, to_records(test::chrome_hello().build().value(), 1));
}
BENCHMARK(read_one_byte_records);

void read_names(benchmark::State& state) {
  std::string names;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    names += "\x02xy";
  const auto list = ProtocolListView::parse_names(as_bytes(names)).value();
  read_records(state, to_records(ClientHelloBuilder().alpn(list).build().value()));
}
BENCHMARK(read_names)->Arg(2000)->Arg(20000);

void read_extensions(benchmark::State& state) {
  ClientHelloBuilder builder;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    builder.repeat_extension(static_cast<std::uint16_t>(0x1000 + i), {});
  }
  read_records(state, to_records(builder.build().value()));
}
BENCHMARK(read_extensions)->Arg(1600)->Arg(16000);

void make_server_name(benchmark::State& state) {
  const Bytes sent = as_bytes("WWW.some-long-subdomain.example.com");
  for (auto _ : state)
    benchmark::DoNotOptimize(ServerName::from(sent));
}
BENCHMARK(make_server_name);

void write_raw_fingerprint(benchmark::State& state) {
  const auto message = test::chrome_hello().build().value();
  const auto hello = parse_client_hello(message).value();
  std::array<char, ja4_raw_max_size> buffer;
  for (auto _ : state)
    benchmark::DoNotOptimize(write_ja4_raw(hello, buffer));
}
BENCHMARK(write_raw_fingerprint);

}  // namespace
}  // namespace simplon
