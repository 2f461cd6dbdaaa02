// ClientHellos in one piece: all that a hello gives lies inside it, and whatever looks at it copes. The input is a
// stream of records; behind a first byte of 0xff it is a handshake message, so that mutations need not mend records.
#include "fuzz.hpp"
#include "simplon/hello/ja4.hpp"
#include "simplon/hello/plain_http.hpp"
#include "simplon/hello/reader.hpp"
#include "simplon/hello/server_name.hpp"

#include <algorithm>
#include <array>
#include <set>

using namespace simplon;
using fuzz::expect;

namespace {

void expect_inside(Bytes whole, Bytes part) {
  expect(part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()));
  fuzz::touch(part);
}

void check_server_name(Bytes sent) {
  const auto name = ServerName::from(sent);
  if (!name) return;
  expect(name->text().size() <= ServerName::max_size && !name->text().empty());
  expect(ServerName::from(as_bytes(name->text())) == name);
}

void check_fingerprint(const ClientHelloView& hello) {
  const Sha256Function fold = [](Bytes input, std::span<std::byte, 32> digest) {
    std::ranges::fill(digest, std::byte{0});
    for (std::size_t i = 0; i < input.size(); ++i)
      digest[i % 32] ^= input[i];
  };
  std::array<char, ja4_raw_max_size> raw;
  std::array<char, ja4_size> hashed;
  const auto text = write_ja4_raw(hello, raw);
  const auto fingerprint = write_ja4(hello, fold, hashed);
  expect(text.has_value() == fingerprint.has_value());
  if (!text) return expect(text.error() == Ja4Error::too_many_values);
  expect(fingerprint->size() == ja4_size && text->starts_with(fingerprint->substr(0, 11)));
}

void check_hello(const ClientHelloView& hello) {
  expect(hello.random.size() == 32 && hello.session_id.size() <= 32);
  expect(!hello.cipher_suites.empty() && !hello.compression_methods.empty());
  expect_inside(hello.message, hello.random);
  expect_inside(hello.message, hello.session_id);
  expect_inside(hello.message, hello.cipher_suites.wire_bytes());
  expect_inside(hello.message, hello.compression_methods);
  std::set<std::uint16_t> types;
  for (const ExtensionView extension : hello.extensions) {
    expect_inside(hello.message, extension.body);
    expect(types.insert(extension.type).second);
  }
  expect(types.contains(extension_type::alpn) == hello.alpn.has_value());
  if (hello.alpn) expect_inside(hello.message, hello.alpn->wire_names());
  if (hello.server_name) {
    expect_inside(hello.message, *hello.server_name);
    check_server_name(*hello.server_name);
  }
  for (const auto& list : {hello.supported_versions, hello.supported_groups, hello.signature_algorithms}) {
    if (list) expect_inside(hello.message, list->wire_bytes());
    expect(!list || !list->empty());
  }
  if (hello.key_share) {
    for (const KeyShareView share : *hello.key_share)
      expect_inside(hello.message, share.key);
  }
  const auto version = highest_version(hello);
  expect(!version || (*version >= 0x0301 && *version <= 0x0304));
  (void)offers_h2_suite(hello);
  check_fingerprint(hello);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = fuzz::bytes_of(data, size);
  if (!input.empty() && input[0] == std::byte{0xff}) {
    const Bytes message = input.subspan(1);
    if (const auto hello = parse_client_hello(message)) {
      expect(hello->message.data() == message.data() && hello->message.size() == message.size());
      check_hello(*hello);
    }
    return 0;
  }
  std::vector<std::byte> stream(input.begin(), input.end());
  const auto outcome = read_client_hello(stream, {});
  const bool is_hello = std::holds_alternative<ClientHelloView>(outcome);
  expect(!is_hello || looks_like_http(input) == HttpGuess::no);
  if (is_hello) check_hello(std::get<ClientHelloView>(outcome));
  if (const auto* need = std::get_if<NeedMore>(&outcome)) {
    expect(need->bytes >= 1);
    expect(std::ranges::equal(stream, input));
  }
  return 0;
}
