#include "serve/fingerprint.hpp"

#include "simplon/hello/ja4.hpp"
#include "tls/digest.hpp"

#include <algorithm>
#include <array>

namespace simplon::serve {

namespace {

void sha256(Bytes input, std::span<std::byte, 32> digest) { std::ranges::copy(tls::sha256(input), digest.begin()); }

}  // namespace

std::string fingerprint(const ClientHelloView& hello) {
  std::array<char, ja4_size> buffer;
  const auto text = write_ja4(hello, sha256, buffer);
  return text ? std::string(*text) : std::string();
}

std::string raw_fingerprint(const ClientHelloView& hello) {
  std::array<char, ja4_raw_max_size> buffer;
  const auto text = write_ja4_raw(hello, buffer);
  return text ? std::string(*text) : std::string();
}

}  // namespace simplon::serve
