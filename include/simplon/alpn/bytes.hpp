// Bytes on the wire: one small non-owning reader and one writer, for the presentation language of RFC 8446 §3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

/// ALPN (RFC 7301) and ClientHellos for applications, on the standard library alone.
namespace simplon {

/// Bytes that somebody else owns.
using Bytes = std::span<const std::byte>;

/// The bytes of `text`; the result lives as long as what `text` refers to.
inline Bytes as_bytes(std::string_view text) noexcept { return std::as_bytes(std::span{text}); }

/// `bytes` as text, without looking at them; the result lives as long as what `bytes` refers to.
inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads big-endian integers and length-prefixed vectors (RFC 8446 §3.3, §3.4) from the front of `bytes`.
/// Every read is all or nothing: it advances only on success. A nested vector comes back as bytes that fit exactly,
/// so a length that lies can't reach beyond its parent.
class ByteReader {
 public:
  constexpr explicit ByteReader(Bytes bytes) noexcept : bytes_(bytes) {}  ///< reads `bytes`

  /// Nothing is left to read.
  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
  /// How many bytes are left to read.
  [[nodiscard]] constexpr std::size_t remaining() const noexcept { return bytes_.size(); }
  /// What is left to read.
  [[nodiscard]] constexpr Bytes rest() const noexcept { return bytes_; }

  /// The next `count` bytes, or nothing when fewer are left.
  constexpr std::optional<Bytes> read(std::size_t count) noexcept {
    if (count > bytes_.size()) return std::nullopt;
    const Bytes taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  /// A one-byte integer.
  constexpr std::optional<std::uint8_t> read_u8() noexcept { return narrow<std::uint8_t>(read_integer<1>()); }
  /// A two-byte integer.
  constexpr std::optional<std::uint16_t> read_u16() noexcept { return narrow<std::uint16_t>(read_integer<2>()); }
  /// A three-byte integer.
  constexpr std::optional<std::uint32_t> read_u24() noexcept { return read_integer<3>(); }

  /// A vector whose length is the one-byte integer before it.
  constexpr std::optional<Bytes> read_vector_u8() noexcept { return read_vector<1>(); }
  /// A vector whose length is the two-byte integer before it.
  constexpr std::optional<Bytes> read_vector_u16() noexcept { return read_vector<2>(); }

 private:
  template <typename Integer>
  static constexpr std::optional<Integer> narrow(std::optional<std::uint32_t> value) noexcept {
    if (!value) return std::nullopt;
    return static_cast<Integer>(*value);
  }

  // Reading is nearly all that parsing a hello does, so both are written for the optimiser: widths are constants, whose
  // loops unroll, and no optional<Bytes> is copied, which would go through memory.
  template <std::size_t width>
  [[nodiscard]] constexpr std::uint32_t front_integer() const noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[i]);
    return value;
  }

  template <std::size_t width>
  constexpr std::optional<std::uint32_t> read_integer() noexcept {
    if (width > bytes_.size()) return std::nullopt;
    const std::uint32_t value = front_integer<width>();
    bytes_ = bytes_.subspan(width);
    return value;
  }

  template <std::size_t width>
  constexpr std::optional<Bytes> read_vector() noexcept {
    if (width > bytes_.size()) return std::nullopt;
    const std::size_t length = front_integer<width>();
    if (length > bytes_.size() - width) return std::nullopt;
    const Bytes body = bytes_.subspan(width, length);
    bytes_ = bytes_.subspan(width + length);
    return body;
  }

  Bytes bytes_;
};

/// Appends big-endian integers and length-prefixed vectors to a buffer that it owns.
class ByteWriter {
 public:
  /// The lowest 8 bits of `value`.
  void write_u8(std::uint8_t value) { bytes_.push_back(std::byte{value}); }
  /// `value` in two bytes.
  void write_u16(std::uint16_t value) { write_integer(value, 2); }
  /// The lowest 24 bits of `value`, in three bytes.
  void write_u24(std::uint32_t value) { write_integer(value, 3); }
  /// `bytes` as they are.
  void write(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  /// Writes a vector: a length of `width` bytes (1 to 3), then what `body(writer)` writes, whose size must fit the
  /// length. Returns false, with nothing written, when it does not.
  template <typename Body>
  [[nodiscard]] bool write_vector(std::size_t width, Body&& body) {
    const std::size_t start = bytes_.size();
    bytes_.resize(start + width);
    body(*this);
    const std::size_t length = bytes_.size() - start - width;
    if (length >> (8 * width) != 0) {
      bytes_.erase(bytes_.begin() + static_cast<std::ptrdiff_t>(start), bytes_.end());
      return false;
    }
    for (std::size_t i = 0; i < width; ++i) {
      bytes_[start + i] = static_cast<std::byte>(length >> (8 * (width - 1 - i)));
    }
    return true;
  }

  /// What has been written so far.
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
  /// Hands over what has been written and leaves the writer empty.
  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::exchange(bytes_, {}); }

 private:
  void write_integer(std::uint32_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;)
      bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
  }

  std::vector<std::byte> bytes_;
};

}  // namespace simplon
