// PROXY headers: bytes that come in pieces are judged like bytes that come at once, what is read stays within the
// header, and what was read can be written and read again. The input is a stream; where it has a version 2 header with
// a checksum, the fuzzer can't guess it, so it is also read with the right one put in.
#include "net/proxy_protocol.hpp"

#include "fuzz.hpp"
#include "net/proxy_protocol_wire.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

using namespace simplon;
using fuzz::expect;

namespace {

using Outcome = std::expected<std::variant<net::ProxyNeedsMore, net::ProxyHeader>, net::ProxyError>;

const net::ProxyHeader* header_of(const Outcome& outcome) {
  return outcome ? std::get_if<net::ProxyHeader>(&*outcome) : nullptr;
}

void touch(const std::optional<std::string_view>& text) {
  if (text) fuzz::touch(as_bytes(*text));
}

void touch(const net::ProxyDetails& details) {
  if (details.alpn) fuzz::touch(*details.alpn);
  touch(details.authority);
  if (!details.ssl) return;
  touch(details.ssl->version);
  touch(details.ssl->cipher);
  touch(details.ssl->common_name);
}

bool same(const net::ProxyDetails& a, const net::ProxyDetails& b) {
  const auto alpn = [](const net::ProxyDetails& each) { return each.alpn ? as_text(*each.alpn) : std::string_view(); };
  if (a.alpn.has_value() != b.alpn.has_value() || alpn(a) != alpn(b) || a.authority != b.authority) return false;
  if (!a.ssl || !b.ssl) return a.ssl.has_value() == b.ssl.has_value();
  return a.ssl->client == b.ssl->client && a.ssl->verify == b.ssl->verify && a.ssl->version == b.ssl->version &&
         a.ssl->cipher == b.ssl->cipher && a.ssl->common_name == b.ssl->common_name;
}

bool same(const net::ProxyAddresses& a, const net::ProxyAddresses& b) {
  return a.source.to_text() == b.source.to_text() && a.destination.to_text() == b.destination.to_text();
}

// Whatever was read can be said in either version.
void write_again(const net::ProxyHeader& header) {
  if (const auto built = net::build_proxy_v2(header.addresses, header.details)) {
    const Outcome again = net::read_proxy_header(*built);
    const net::ProxyHeader* const read = header_of(again);
    expect(read != nullptr && read->size == built->size());
    expect(read->addresses.has_value() == header.addresses.has_value());
    if (header.addresses) expect(same(*read->addresses, *header.addresses) && same(read->details, header.details));
  }
  const std::vector<std::byte> line = net::build_proxy_v1(header.addresses);
  const Outcome again = net::read_proxy_header(line);
  const net::ProxyHeader* const read = header_of(again);
  expect(read != nullptr && read->size == line.size());
  if (read->addresses) expect(same(*read->addresses, *header.addresses));
}

void check(Bytes input) {
  const Outcome outcome = net::read_proxy_header(input);
  const net::ProxyHeader* const whole = header_of(outcome);
  if (whole != nullptr) {
    expect(whole->size <= input.size() && whole->size <= net::proxy_header_bytes);
    touch(whole->details);
    write_again(*whole);
  }
  // What a beginning is said to be never changes, and a header is never whole before it was said to be.
  const std::size_t most = std::min<std::size_t>(input.size(), 600);
  std::size_t promised = 0;
  for (std::size_t size = 0; size <= most; ++size) {
    const std::vector<std::byte> exact(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    const Outcome early = net::read_proxy_header(exact);
    if (!early) {
      expect(!outcome);
      return;
    }
    if (const net::ProxyHeader* const header = header_of(early)) {
      expect(size >= promised && header->size == size && whole != nullptr && whole->size == size);
      return;
    }
    const std::size_t missing = std::get<net::ProxyNeedsMore>(*early).bytes;
    expect(missing > 0 && size + missing >= promised && size + missing <= net::proxy_header_bytes);
    promised = size + missing;
  }
}

// The input with the checksum that it should have, where it has a place for one.
std::vector<std::byte> with_checksum(Bytes input) {
  std::vector<std::byte> fixed(input.begin(), input.end());
  if (fixed.size() < net::proxy_wire::fixed_bytes) return fixed;
  const std::size_t size = net::proxy_wire::fixed_bytes + std::to_integer<std::size_t>(fixed[14]) * 256 +
                           std::to_integer<std::size_t>(fixed[15]);
  const std::size_t family = std::to_integer<std::size_t>(fixed[13]) >> 4;
  if (size > fixed.size() || family >= net::proxy_wire::address_bytes.size()) return fixed;
  std::size_t at = net::proxy_wire::fixed_bytes + net::proxy_wire::address_bytes[family];
  while (at + 3 <= size) {
    const auto type = std::to_integer<std::uint8_t>(fixed[at]);
    const std::size_t length =
        std::to_integer<std::size_t>(fixed[at + 1]) * 256 + std::to_integer<std::size_t>(fixed[at + 2]);
    if (type == net::proxy_wire::crc32c && length == 4 && at + 7 <= size) {
      const std::uint32_t sum = net::proxy_wire::checksum(Bytes(fixed).first(size), at + 3);
      for (std::size_t i = 0; i < 4; ++i)
        fixed[at + 3 + i] = static_cast<std::byte>(sum >> (8 * (3 - i)));
      return fixed;
    }
    at += 3 + length;
  }
  return fixed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = fuzz::bytes_of(data, size);
  check(input);
  check(with_checksum(input));
  return 0;
}
