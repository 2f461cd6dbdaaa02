// Times what reads and decides, as every program of Google Benchmark does; or does one thing so many times, for whoever
// counts its instructions.
//   bench_overhead [--benchmark_...]
//   bench_overhead NAME COUNT CHAIN KEY     a certificate and its key, which handshakes take
#include "overhead.hpp"

#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

namespace simplon {

Credentials& credentials() {
  static Credentials set;
  return set;
}

namespace {

void time(benchmark::State& state, const Operation& operation) {
  // What is done once for all of them is next to nothing then.
  constexpr benchmark::IterationCount batch = 20'000;
  while (state.KeepRunningBatch(batch)) {
    if (!operation.run(batch)) state.SkipWithError("another answer");
  }
}

int time_all(int count, char** arguments) {
  for (const Operation& operation : reading_operations())
    benchmark::RegisterBenchmark(std::string(operation.name).c_str(), time, operation);
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace
}  // namespace simplon

int main(int count, char** arguments) {
  if (count != 5) return simplon::time_all(count, arguments);
  simplon::make_repeatable();
  simplon::credentials() = {.chain = arguments[3], .key = arguments[4]};
  for (const auto operations :
       {simplon::reading_operations(), simplon::openssl_handshakes(), simplon::gnutls_handshakes()}) {
    for (const simplon::Operation& operation : operations) {
      if (operation.name == arguments[1]) return operation.run(std::atol(arguments[2])) ? 0 : 1;
    }
  }
  return 2;
}
