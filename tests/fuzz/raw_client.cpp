// Answers to a probe's hello: bytes that come in pieces are judged like bytes that come at once. The first byte of the
// input says how long the pieces are.
#include "probe/raw_client.hpp"

#include "fuzz.hpp"
#include "probe/question.hpp"

#include <algorithm>

using namespace simplon;
using fuzz::expect;

namespace {

probe::Observation read(Bytes bytes, std::size_t piece) {
  // Without keys, which are slow to make: what is sealed with them can't be guessed anyway.
  probe::RawClient client({.hello = ClientHelloBuilder(), .keys = {}, .change_after_retry = {}});
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    client.read(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    static_cast<void>(client.take_output());
  }
  return client.observation();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.empty()) return 0;
  const std::size_t piece = std::to_integer<std::size_t>(input.front()) + 1;
  const probe::Observation at_once = read(input.subspan(1), input.size());
  const probe::Observation in_pieces = read(input.subspan(1), piece);
  expect(at_once.outcome == in_pieces.outcome && at_once.alert == in_pieces.alert);
  expect(at_once.answer.has_value() == in_pieces.answer.has_value());
  if (at_once.answer) {
    expect(at_once.answer->alpn == in_pieces.answer->alpn && at_once.answer->version == in_pieces.answer->version);
    static_cast<void>(probe::judge(*at_once.answer, probe::alpn_body({"h2"})));
  }
  return 0;
}
