// ClientHellos in random pieces: after each piece HelloReader says what reading all bytes so far in one piece says, and
// what has once been said stays. The input's first eight bytes size the pieces and the limit, the rest is the stream.
#include "fuzz.hpp"
#include "simplon/hello/reader.hpp"

#include <algorithm>
#include <array>

using namespace simplon;
using fuzz::expect;

namespace {

bool same(const ReadOutcome& a, const ReadOutcome& b) {
  if (a.index() != b.index()) return false;
  if (const auto* need = std::get_if<NeedMore>(&a)) return need->bytes == std::get<NeedMore>(b).bytes;
  if (const auto* error = std::get_if<WireError>(&a)) return *error == std::get<WireError>(b);
  return std::ranges::equal(std::get<ClientHelloView>(a).message, std::get<ClientHelloView>(b).message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t choices = 8;
  if (size < choices) return 0;
  const HelloLimits limits{.hello_bytes = 512 + std::size_t{data[0]} * 256};
  const Bytes input = fuzz::bytes_of(data + choices, size - choices);
  HelloReader reader(limits);
  std::size_t fed = 0;
  for (std::size_t round = 0; fed < input.size(); ++round) {
    const std::size_t piece = std::min<std::size_t>(data[1 + round % (choices - 1)] + 1, input.size() - fed);
    const auto outcome = reader.feed(input.subspan(fed, piece));
    fed += piece;
    std::vector<std::byte> so_far(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(fed));
    const auto whole = read_client_hello(so_far, limits);
    expect(same(outcome, whole));
    const auto* need = std::get_if<NeedMore>(&outcome);
    expect(need == nullptr || fed + need->bytes <= limits.stream_bytes());
    if (need == nullptr) {
      expect(same(reader.feed(input.subspan(fed)), outcome));
      break;
    }
    // Nothing can be said before as many bytes as asked for have arrived.
    const std::size_t quiet = std::min(need->bytes - 1, input.size() - fed);
    std::vector<std::byte> longer(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(fed + quiet));
    expect(same(read_client_hello(longer, limits), NeedMore{need->bytes - quiet}));
  }
  return 0;
}
