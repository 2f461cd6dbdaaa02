#include "hello/extensions.hpp"

#include <algorithm>
#include <array>
#include <bitset>

namespace simplon {

namespace {

using Result = std::expected<void, WireError>;

constexpr auto malformed = std::unexpected(WireError::malformed_extension);

/// Whether a type stands twice, for any number of extensions: one bit for every type there is, 8 KiB on the stack,
/// paid only by a client that sends more unusual extensions than any real one. A cut-off extension ends the search.
[[gnu::noinline]] bool has_duplicate(Bytes block) noexcept {
  std::bitset<0x10000> seen;
  ByteReader reader(block);
  while (const auto type = reader.read_u16()) {
    if (seen.test(*type)) return true;
    seen.set(*type);
    if (!reader.read_vector_u16()) break;
  }
  return false;
}

/// The types seen so far: a bit for each of the first 64, which are nearly all that clients send, and a few others.
class SeenTypes {
 public:
  enum class Answer : std::uint8_t { added, duplicate, full };

  Answer add(std::uint16_t type) noexcept {
    if (type < 64) {
      const std::uint64_t bit = std::uint64_t{1} << type;
      if ((low_ & bit) != 0) return Answer::duplicate;
      low_ |= bit;
      return Answer::added;
    }
    for (std::size_t i = 0; i < size_; ++i) {
      if (others_[i] == type) return Answer::duplicate;
    }
    if (size_ == others_.size()) return Answer::full;
    others_[size_++] = type;
    return Answer::added;
  }

 private:
  std::uint64_t low_ = 0;
  std::size_t size_ = 0;
  std::array<std::uint16_t, 16> others_;  // only the first size_ are ever written or read
};

/// A body that is one vector of two-byte values, at least one, behind a length of `width` bytes.
Result parse_u16_list(Bytes body, std::size_t width, std::optional<U16List>& into) noexcept {
  ByteReader reader(body);
  const auto values = width == 1 ? reader.read_vector_u8() : reader.read_vector_u16();
  if (!values || values->empty() || !reader.empty()) return malformed;
  into = U16List::from(*values);
  if (!into) return malformed;
  return {};
}

/// RFC 6066 §3: a list that is not empty, "MUST NOT contain more than one name of the same name_type", and every name
/// of whatever type starts with its two-byte length.
Result parse_server_name(Bytes body, ClientHelloView& hello) noexcept {
  constexpr std::uint8_t host_name = 0;
  ByteReader reader(body);
  const auto list = reader.read_vector_u16();
  if (!list || list->empty() || !reader.empty()) return malformed;
  std::bitset<256> seen;
  ByteReader names(*list);
  while (!names.empty()) {
    const auto type = names.read_u8();
    const auto name = names.read_vector_u16();
    if (!type || !name || seen.test(*type)) return malformed;
    seen.set(*type);
    if (*type != host_name) continue;
    if (name->empty()) return malformed;  // HostName<1..2^16-1>
    hello.server_name = *name;
  }
  return {};
}

Result parse_alpn(Bytes body, ClientHelloView& hello) noexcept {
  const auto list = ProtocolListView::parse(body);
  if (!list) return std::unexpected(list.error());
  hello.alpn = *list;
  return {};
}

Result parse_key_share(Bytes body, ClientHelloView& hello) noexcept {
  ByteReader reader(body);
  const auto shares = reader.read_vector_u16();
  if (!shares || !reader.empty()) return malformed;
  hello.key_share = KeyShareList::from(*shares, 1);  // key_exchange<1..2^16-1>
  if (!hello.key_share) return malformed;
  return {};
}

/// RFC 9849 §5: outer (0) is cipher suite, config id, enc<0..2^16-1> and payload<1..2^16-1>; inner (1) is empty.
Result parse_encrypted_client_hello(Bytes body, ClientHelloView& hello) noexcept {
  ByteReader reader(body);
  const auto type = reader.read_u8();
  if (!type || *type > 1) return malformed;
  if (*type == 0) {
    const auto suite_and_id = reader.read(5);
    const auto enc = reader.read_vector_u16();
    const auto payload = reader.read_vector_u16();
    if (!suite_and_id || !enc || !payload || payload->empty()) return malformed;
  }
  if (!reader.empty()) return malformed;
  hello.encrypted_client_hello = body;
  return {};
}

Result parse_extension(std::uint16_t type, Bytes body, ClientHelloView& hello) noexcept {
  switch (type) {
    case extension_type::server_name:
      return parse_server_name(body, hello);
    case extension_type::supported_groups:
      return parse_u16_list(body, 2, hello.supported_groups);
    case extension_type::signature_algorithms:
      return parse_u16_list(body, 2, hello.signature_algorithms);
    case extension_type::alpn:
      return parse_alpn(body, hello);
    case extension_type::padding:
      hello.padding = body.size();
      return {};
    case extension_type::supported_versions:
      return parse_u16_list(body, 1, hello.supported_versions);
    case extension_type::key_share:
      return parse_key_share(body, hello);
    case extension_type::encrypted_client_hello:
      return parse_encrypted_client_hello(body, hello);
    default:
      return {};
  }
}

}  // namespace

std::expected<void, WireError> parse_extensions(Bytes block, ClientHelloView& hello) noexcept {
  SeenTypes seen;
  bool all_checked = false;
  ByteReader reader(block);
  while (!reader.empty()) {
    const auto type = reader.read_u16();
    const auto body = reader.read_vector_u16();
    if (!type || !body) return std::unexpected(WireError::malformed_hello);
    if (!all_checked) {
      const auto answer = seen.add(*type);
      all_checked = answer == SeenTypes::Answer::full;
      if (answer == SeenTypes::Answer::duplicate || (all_checked && has_duplicate(block))) {
        return std::unexpected(WireError::duplicate_extension);
      }
    }
    if (const auto parsed = parse_extension(*type, *body, hello); !parsed) return parsed;
  }
  hello.extensions = ExtensionList::trusted(block);
  return {};
}

}  // namespace simplon
