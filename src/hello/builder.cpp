#include "simplon/hello/builder.hpp"

#include <algorithm>
#include <array>

namespace simplon {

namespace {

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

void write_u16_list(ByteWriter& writer, std::span<const std::uint16_t> values) {
  for (const std::uint16_t value : values)
    writer.write_u16(value);
}

constexpr std::uint16_t grease_value(unsigned n) noexcept {
  const unsigned byte = (n % 16) << 4 | 0x0a;
  return static_cast<std::uint16_t>(byte << 8 | byte);
}

/// Writes a vector and lowers `fits` when it is too long for its length.
template <typename Body>
void write_vector(ByteWriter& writer, std::size_t width, bool& fits, Body&& body) {
  fits = writer.write_vector(width, std::forward<Body>(body)) && fits;
}

}  // namespace

ClientHelloBuilder::ClientHelloBuilder()
    : random_(32),
      cipher_suites_{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8},
      compression_methods_(1) {}

ClientHelloBuilder ClientHelloBuilder::modern(std::span<const KeyShareView> key_shares) {
  std::vector<std::uint16_t> groups;
  for (const KeyShareView share : key_shares)
    groups.push_back(share.group);
  for (const std::uint16_t common : {std::uint16_t{0x001d}, std::uint16_t{0x0017}}) {
    if (std::ranges::find(groups, common) == groups.end()) groups.push_back(common);
  }
  constexpr std::array<std::uint16_t, 2> versions = {0x0304, 0x0303};
  constexpr std::array<std::uint16_t, 9> schemes = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805,
                                                    0x0501, 0x0806, 0x0601, 0x0807};
  constexpr std::array uncompressed_points = {std::byte{1}, std::byte{0}};    // RFC 8422 §5.1.2
  constexpr std::array psk_with_key_exchange = {std::byte{1}, std::byte{1}};  // RFC 8446 §4.2.9
  constexpr std::array no_renegotiation = {std::byte{0}};                     // RFC 5746 §3.2
  ClientHelloBuilder builder;
  builder.extension(23, {})
      .extension(0xff01, no_renegotiation)
      .supported_groups(groups)
      .extension(11, uncompressed_points)
      .signature_algorithms(schemes)
      .key_shares(key_shares)
      .extension(45, psk_with_key_exchange)
      .supported_versions(versions);
  return builder;
}

ClientHelloBuilder& ClientHelloBuilder::legacy_version(std::uint16_t version) {
  legacy_version_ = version;
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::random(Bytes random) {
  random_ = copy_of(random);
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::session_id(Bytes session_id) {
  session_id_ = copy_of(session_id);
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::cipher_suites(std::span<const std::uint16_t> suites) {
  cipher_suites_.assign(suites.begin(), suites.end());
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::compression_methods(Bytes methods) {
  compression_methods_ = copy_of(methods);
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::server_name(std::string_view host_name) {
  ByteWriter entry;
  entry.write_u8(0);  // NameType host_name
  too_large_ = !entry.write_vector(2, [&](ByteWriter& w) { w.write(as_bytes(host_name)); }) || too_large_;
  return vector_extension(extension_type::server_name, 2, entry.bytes());
}

ClientHelloBuilder& ClientHelloBuilder::alpn(ProtocolListView list) {
  return vector_extension(extension_type::alpn, 2, list.wire_names());
}

ClientHelloBuilder& ClientHelloBuilder::supported_versions(std::span<const std::uint16_t> versions) {
  return u16_extension(extension_type::supported_versions, 1, versions);
}

ClientHelloBuilder& ClientHelloBuilder::supported_groups(std::span<const std::uint16_t> groups) {
  return u16_extension(extension_type::supported_groups, 2, groups);
}

ClientHelloBuilder& ClientHelloBuilder::signature_algorithms(std::span<const std::uint16_t> schemes) {
  return u16_extension(extension_type::signature_algorithms, 2, schemes);
}

ClientHelloBuilder& ClientHelloBuilder::key_shares(std::span<const KeyShareView> shares) {
  ByteWriter writer;
  for (const KeyShareView share : shares) {
    writer.write_u16(share.group);
    too_large_ = !writer.write_vector(2, [&](ByteWriter& w) { w.write(share.key); }) || too_large_;
  }
  return vector_extension(extension_type::key_share, 2, writer.bytes());
}

ClientHelloBuilder& ClientHelloBuilder::extension(std::uint16_t type, Bytes body) {
  const auto found = std::ranges::find(extensions_, type, &Extension::type);
  if (found == extensions_.end()) return repeat_extension(type, body);
  found->body = copy_of(body);
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::repeat_extension(std::uint16_t type, Bytes body) {
  extensions_.push_back({type, copy_of(body)});
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::without_extension(std::uint16_t type) {
  std::erase_if(extensions_, [&](const Extension& e) { return e.type == type; });
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::without_extension_block() {
  extension_block_ = false;
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::grease(std::uint8_t seed) {
  grease_seed_ = seed;
  return *this;
}

ClientHelloBuilder& ClientHelloBuilder::pad_to(std::size_t size) {
  without_extension(extension_type::padding);
  pad_to_ = size;
  return *this;
}

std::expected<std::vector<std::byte>, WireError> ClientHelloBuilder::build() const {
  if (grease_seed_) return with_grease(*grease_seed_).build();
  auto message = encode(std::nullopt);
  if (!message || !pad_to_ || message->size() >= *pad_to_) return message;
  constexpr std::size_t empty_extension = 4;
  const std::size_t missing = *pad_to_ - message->size();
  return encode(missing > empty_extension ? missing - empty_extension : 0);
}

ClientHelloBuilder& ClientHelloBuilder::vector_extension(std::uint16_t type, std::size_t width, Bytes content) {
  ByteWriter writer;
  too_large_ = !writer.write_vector(width, [&](ByteWriter& w) { w.write(content); }) || too_large_;
  return extension(type, writer.bytes());
}

ClientHelloBuilder& ClientHelloBuilder::u16_extension(std::uint16_t type, std::size_t width,
                                                      std::span<const std::uint16_t> values) {
  ByteWriter writer;
  write_u16_list(writer, values);
  return vector_extension(type, width, writer.bytes());
}

ClientHelloBuilder ClientHelloBuilder::with_grease(std::uint8_t seed) const {
  ClientHelloBuilder greased = *this;
  greased.grease_seed_.reset();
  greased.cipher_suites_.insert(greased.cipher_suites_.begin(), grease_value(seed));
  // Puts `item` before the others of an extension that is one vector; its length counts `width` bytes.
  const auto put_first = [&](std::uint16_t type, std::size_t width, const ByteWriter& item) {
    const auto found = std::ranges::find(greased.extensions_, type, &Extension::type);
    if (found == greased.extensions_.end() || found->body.size() < width) return;
    ByteWriter content;
    content.write(item.bytes());
    content.write(Bytes(found->body).subspan(width));
    greased.vector_extension(type, width, content.bytes());
  };
  ByteWriter version;
  version.write_u16(grease_value(seed + 1U));
  put_first(extension_type::supported_versions, 1, version);
  ByteWriter group;
  group.write_u16(grease_value(seed + 2U));
  put_first(extension_type::supported_groups, 2, group);
  group.write_u16(1);  // the key share of that group: one byte of key
  group.write_u8(0);
  put_first(extension_type::key_share, 2, group);
  const Extension first{grease_value(seed + 3U), {}};
  const Extension last{grease_value(seed + 4U), std::vector<std::byte>(1)};
  greased.extensions_.insert(greased.extensions_.begin(), first);
  const auto end = std::ranges::find(greased.extensions_, extension_type::pre_shared_key, &Extension::type);
  greased.extensions_.insert(end, last);
  return greased;
}

std::expected<std::vector<std::byte>, WireError> ClientHelloBuilder::encode(std::optional<std::size_t> padding) const {
  bool fits = !too_large_;
  const auto write_extension = [&](ByteWriter& writer, std::uint16_t type, Bytes body) {
    writer.write_u16(type);
    write_vector(writer, 2, fits, [&](ByteWriter& w) { w.write(body); });
  };
  const auto write_extensions = [&](ByteWriter& writer) {
    const std::vector<std::byte> zeros(padding.value_or(0));
    bool padded = !padding;
    for (const Extension& extension : extensions_) {
      if (!padded && extension.type == extension_type::pre_shared_key) {
        write_extension(writer, extension_type::padding, zeros);
        padded = true;
      }
      write_extension(writer, extension.type, extension.body);
    }
    if (!padded) write_extension(writer, extension_type::padding, zeros);
  };
  ByteWriter message;
  message.write_u8(1);  // HandshakeType client_hello
  write_vector(message, 3, fits, [&](ByteWriter& body) {
    body.write_u16(legacy_version_);
    body.write(random_);
    write_vector(body, 1, fits, [&](ByteWriter& w) { w.write(session_id_); });
    write_vector(body, 2, fits, [&](ByteWriter& w) { write_u16_list(w, cipher_suites_); });
    write_vector(body, 1, fits, [&](ByteWriter& w) { w.write(compression_methods_); });
    if (extension_block_) write_vector(body, 2, fits, write_extensions);
  });
  if (!fits) return std::unexpected(WireError::too_large_to_encode);
  return message.take();
}

std::vector<std::byte> to_records(Bytes message, std::size_t fragment_size) {
  constexpr std::uint8_t handshake = 22;
  fragment_size = std::clamp<std::size_t>(fragment_size, 1, 16384);
  ByteWriter records;
  while (!message.empty()) {
    const Bytes fragment = message.first(std::min(fragment_size, message.size()));
    message = message.subspan(fragment.size());
    records.write_u8(handshake);
    records.write_u16(0x0301);
    records.write_u16(static_cast<std::uint16_t>(fragment.size()));
    records.write(fragment);
  }
  return records.take();
}

}  // namespace simplon
