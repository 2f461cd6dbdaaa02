// Application protocol names: RFC 7301 §3.1's ProtocolName, 1 to 255 opaque bytes.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "simplon/alpn/error.hpp"

#include <compare>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace simplon {

/// A protocol name that somebody else owns: 1 to 255 bytes, compared byte by byte and never case-folded
/// (RFC 7301 §6). It is valid as long as what it was made from.
class ProtocolIdView {
 public:
  /// The largest name that its one-byte length can carry.
  static constexpr std::size_t max_size = 255;

  /// Fails with `empty_name` or `name_too_long`.
  [[nodiscard]] static constexpr std::expected<ProtocolIdView, WireError> from(std::string_view bytes) noexcept {
    if (bytes.empty()) return std::unexpected(WireError::empty_name);
    if (bytes.size() > max_size) return std::unexpected(WireError::name_too_long);
    return ProtocolIdView(bytes);
  }

  /// For names in the source: `ProtocolIdView::literal("h2")`; an invalid one does not compile.
  [[nodiscard]] static consteval ProtocolIdView literal(std::string_view bytes) { return from(bytes).value(); }

  /// The name's bytes; they may be any bytes, so print `to_text(id)` instead.
  [[nodiscard]] constexpr std::string_view bytes() const noexcept { return bytes_; }
  /// 1 to 255.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size(); }

  friend constexpr bool operator==(ProtocolIdView, ProtocolIdView) noexcept = default;   ///< byte by byte
  friend constexpr auto operator<=>(ProtocolIdView, ProtocolIdView) noexcept = default;  ///< likewise

 private:
  friend class ProtocolListView;
  friend class ProtocolId;
  constexpr explicit ProtocolIdView(std::string_view bytes) noexcept : bytes_(bytes) {}

  std::string_view bytes_;
};

/// A protocol name that owns its bytes; otherwise a ProtocolIdView.
class ProtocolId {
 public:
  /// Copies `id`.
  explicit ProtocolId(ProtocolIdView id) : bytes_(id.bytes()) {}

  /// Fails with `empty_name` or `name_too_long`.
  [[nodiscard]] static std::expected<ProtocolId, WireError> from(std::string_view bytes) {
    const auto id = ProtocolIdView::from(bytes);
    if (!id) return std::unexpected(id.error());
    return ProtocolId(*id);
  }

  /// The name without ownership, valid until this object changes.
  [[nodiscard]] ProtocolIdView view() const noexcept { return ProtocolIdView(bytes_); }
  operator ProtocolIdView() const noexcept { return view(); }  ///< implicitly: a view of itself

  friend bool operator==(const ProtocolId&, const ProtocolId&) noexcept = default;   ///< byte by byte
  friend auto operator<=>(const ProtocolId&, const ProtocolId&) noexcept = default;  ///< likewise

 private:
  std::string bytes_;
};

/// A GREASE name: two equal bytes 0x?A (RFC 8701 §2). Servers must treat it as any unknown name.
[[nodiscard]] constexpr bool is_grease(ProtocolIdView id) noexcept {
  return id.size() == 2 && id.bytes()[0] == id.bytes()[1] && (id.bytes()[0] & 0x0f) == 0x0a;
}

/// A GREASE value of a two-byte field: cipher suite, group, extension type or version (RFC 8701 §2).
[[nodiscard]] constexpr bool is_grease(std::uint16_t value) noexcept {
  return value >> 8 == (value & 0xff) && (value & 0x0f) == 0x0a;
}

/// `id` for people and for configuration: 0x21 to 0x7E except `%`, `,`, `"` and `\` stand for themselves, all other
/// bytes are `%XX` in upper case. `parse_text` undoes it.
[[nodiscard]] std::string to_text(ProtocolIdView id);

/// Reads what `to_text` writes; the digits of `%XX` may be of either case. Fails with `empty_name`, `name_too_long`, or
/// `bad_escape` where a byte stands for itself that may not, or two hexadecimal digits do not follow a `%`.
[[nodiscard]] std::expected<ProtocolId, WireError> parse_text(std::string_view text);

/// Names that are spoken of often.
namespace protocol {
/// HTTP/2 over TLS (RFC 9113 §3.2).
inline constexpr ProtocolIdView h2 = ProtocolIdView::literal("h2");
/// HTTP/2 over cleartext TCP: reserved, never offered or selected inside TLS (RFC 9113 §3.2).
inline constexpr ProtocolIdView h2c = ProtocolIdView::literal("h2c");
/// HTTP/1.1 (RFC 9112).
inline constexpr ProtocolIdView http_1_1 = ProtocolIdView::literal("http/1.1");
/// The ACME TLS-ALPN challenge (RFC 8737).
inline constexpr ProtocolIdView acme_tls_1 = ProtocolIdView::literal("acme-tls/1");
}  // namespace protocol

}  // namespace simplon
