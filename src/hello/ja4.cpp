#include "simplon/hello/ja4.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace simplon {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Two-byte values, GREASE left out.
class Values {
 public:
  /// False when there is no more room.
  bool add(std::uint16_t value) noexcept {
    if (is_grease(value)) return true;
    if (size_ == values_.size()) return false;
    values_[size_++] = value;
    return true;
  }
  bool add_all(const U16List& list) noexcept {
    return std::ranges::all_of(list, [this](std::uint16_t value) { return add(value); });
  }
  void sort() noexcept { std::sort(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(size_)); }
  [[nodiscard]] std::span<const std::uint16_t> all() const noexcept { return std::span{values_}.first(size_); }

 private:
  std::size_t size_ = 0;
  std::array<std::uint16_t, ja4_max_values> values_;  // only the first size_ are ever written or read
};

/// Appends text to a buffer and remembers when it did not fit.
class Text {
 public:
  explicit Text(std::span<char> buffer) noexcept : buffer_(buffer) {}

  void append(char c) noexcept {
    fits_ = fits_ && size_ < buffer_.size();
    if (fits_) buffer_[size_++] = c;
  }
  void append(std::string_view text) noexcept {
    for (const char c : text)
      append(c);
  }
  /// Four digits each, with commas between.
  void append_list(std::span<const std::uint16_t> values) noexcept {
    if (values.empty()) return;
    const std::size_t length = 5 * values.size() - 1;
    fits_ = fits_ && length <= buffer_.size() - size_;
    if (!fits_) return;
    char* at = buffer_.data() + size_;
    for (const std::uint16_t value : values) {
      if (at != buffer_.data() + size_) *at++ = ',';
      *at++ = hex_digits[value >> 12];
      *at++ = hex_digits[value >> 8 & 0x0f];
      *at++ = hex_digits[value >> 4 & 0x0f];
      *at++ = hex_digits[value & 0x0f];
    }
    size_ += length;
  }
  [[nodiscard]] std::expected<std::string_view, Ja4Error> result() const noexcept {
    if (!fits_) return std::unexpected(Ja4Error::buffer_too_small);
    return std::string_view(buffer_.data(), size_);
  }

 private:
  std::span<char> buffer_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

/// "TLS and DTLS Version": the highest of supported_versions where there is one, known or not.
std::string_view version_slot(const ClientHelloView& hello) noexcept {
  std::uint16_t version = hello.legacy_version;
  if (hello.supported_versions) {
    version = 0;
    for (const std::uint16_t offered : *hello.supported_versions) {
      if (!is_grease(offered)) version = std::max(version, offered);
    }
  }
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

constexpr bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// "ALPN Extension Value": the ends of the first name, or of its hexadecimal form where one of them is no letter or
/// digit.
std::array<char, 2> alpn_slot(const ClientHelloView& hello) noexcept {
  if (!hello.alpn) return {'0', '0'};
  const std::string_view name = hello.alpn->front().bytes();
  if (is_alphanumeric(name.front()) && is_alphanumeric(name.back())) return {name.front(), name.back()};
  return {hex_digits[static_cast<unsigned char>(name.front()) >> 4],
          hex_digits[static_cast<unsigned char>(name.back()) & 0x0f]};
}

void append_count(Text& text, std::size_t count) noexcept {
  const std::size_t shown = std::min<std::size_t>(count, 99);
  text.append(static_cast<char>('0' + shown / 10));
  text.append(static_cast<char>('0' + shown % 10));
}

/// The first 12 digits of the digest; "If there are no [values], then the value is set to 000000000000".
void append_hash(Text& text, std::string_view list, Sha256FunctionWithContext sha256, void* context) {
  if (list.empty()) return text.append("000000000000");
  std::array<std::byte, 32> digest = {};
  sha256(context, as_bytes(list), digest);
  for (const std::byte byte : std::span{digest}.first<6>()) {
    text.append(hex_digits[std::to_integer<unsigned>(byte) >> 4]);
    text.append(hex_digits[std::to_integer<unsigned>(byte) & 0x0f]);
  }
}

}  // namespace

std::expected<std::string_view, Ja4Error> write_ja4_raw(const ClientHelloView& hello, std::span<char> buffer) noexcept {
  Values suites;
  Values extensions;
  Values schemes;
  bool has_room = suites.add_all(hello.cipher_suites);
  std::size_t extension_count = 0;
  bool names_server = false;
  for (const ExtensionView extension : hello.extensions) {
    if (!is_grease(extension.type)) ++extension_count;
    names_server = names_server || extension.type == extension_type::server_name;
    // Both are counted, but left out of the list: the first slots tell of them.
    if (extension.type == extension_type::server_name || extension.type == extension_type::alpn) continue;
    has_room = has_room && extensions.add(extension.type);
  }
  if (hello.signature_algorithms) has_room = has_room && schemes.add_all(*hello.signature_algorithms);
  if (!has_room) return std::unexpected(Ja4Error::too_many_values);
  suites.sort();
  extensions.sort();

  Text text(buffer);
  text.append('t');
  text.append(version_slot(hello));
  text.append(names_server ? 'd' : 'i');
  append_count(text, suites.all().size());
  append_count(text, extension_count);
  for (const char c : alpn_slot(hello))
    text.append(c);
  text.append('_');
  text.append_list(suites.all());
  text.append('_');
  text.append_list(extensions.all());
  if (!schemes.all().empty()) {
    text.append('_');
    text.append_list(schemes.all());
  }
  return text.result();
}

std::expected<std::string_view, Ja4Error> write_ja4(const ClientHelloView& hello, Sha256Function sha256,
                                                    std::span<char> buffer) {
  const Sha256FunctionWithContext call = [](void* context, Bytes input, std::span<std::byte, 32> digest) {
    (*static_cast<Sha256Function*>(context))(input, digest);
  };
  return write_ja4(hello, call, static_cast<void*>(&sha256), buffer);
}

std::expected<std::string_view, Ja4Error> write_ja4(const ClientHelloView& hello, Sha256FunctionWithContext sha256,
                                                    void* context, std::span<char> buffer) {
  std::array<char, ja4_raw_max_size> raw_buffer;
  const auto raw = write_ja4_raw(hello, raw_buffer);
  if (!raw) return std::unexpected(raw.error());
  const std::string_view suites = raw->substr(11, raw->find('_', 11) - 11);
  const std::string_view extensions = raw->substr(11 + suites.size() + 1);
  Text text(buffer);
  text.append(raw->substr(0, 10));
  text.append('_');
  append_hash(text, suites, sha256, context);
  text.append('_');
  append_hash(text, extensions, sha256, context);
  return text.result();
}

}  // namespace simplon
