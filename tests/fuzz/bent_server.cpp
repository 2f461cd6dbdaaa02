// Clients of the misbehaving server: bytes that come in pieces are judged like bytes that come at once. The first byte
// of the input says which TLS version the server speaks and how long the pieces are.
#include "probe/bent_server.hpp"

#include "fuzz.hpp"
#include "probe/conform_client.hpp"

#include <algorithm>

using namespace simplon;
using fuzz::expect;

namespace {

const tls::Certificate& certificate() {
  static const std::vector<std::string> names{"localhost"};
  static const tls::Certificate made = tls::make_self_signed(names).value();
  return made;
}

probe::Reaction read(Bytes bytes, std::uint16_t version, std::size_t piece) {
  const auto server = probe::BentServer::make(version, probe::control_case().bend, certificate());
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    server->read(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    static_cast<void>(server->take_output());
  }
  return server->reaction();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.empty()) return 0;
  const auto first = std::to_integer<std::size_t>(input.front());
  const std::uint16_t version = first % 2 == 0 ? probe::tls_1_2 : probe::tls_1_3;
  const probe::Reaction at_once = read(input.subspan(1), version, input.size());
  const probe::Reaction in_pieces = read(input.subspan(1), version, first / 2 + 1);
  expect(at_once.end == in_pieces.end && at_once.heard == in_pieces.heard && at_once.alert == in_pieces.alert);
  expect(at_once.offer == in_pieces.offer);
  // Whoever has not seen the server's keys can't have finished.
  expect(!at_once.finished);
  for (const probe::ClientCase& each : probe::client_cases())
    static_cast<void>(probe::judge(each, at_once));
  return 0;
}
