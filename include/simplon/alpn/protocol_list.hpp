// Protocol lists: RFC 7301 §3.1's ProtocolNameList, the body of the application_layer_protocol_negotiation extension.
#pragma once

#include "simplon/alpn/protocol_id.hpp"

#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

namespace simplon {

/// A protocol list that somebody else owns, known to be well formed: at least one name, every name 1 to 255 bytes.
/// A forward range of ProtocolIdView, in the order of the wire, duplicates and GREASE included; reading it needs no
/// checks. It is valid as long as the bytes it was parsed from.
class ProtocolListView {
 public:
  /// Walks the names; dereferencing gives a view into the list's bytes.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using value_type = ProtocolIdView;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = ProtocolIdView;

    Iterator() noexcept = default;
    ProtocolIdView operator*() const noexcept { return ProtocolIdView({at_ + 1, length()}); }
    Iterator& operator++() noexcept {
      at_ += 1 + length();
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(Iterator, Iterator) noexcept = default;

   private:
    friend class ProtocolListView;
    explicit Iterator(const char* at) noexcept : at_(at) {}
    [[nodiscard]] std::size_t length() const noexcept { return static_cast<unsigned char>(*at_); }

    const char* at_ = nullptr;
  };

  /// Reads an extension's body: a two-byte length and names that fill it exactly. All or nothing; fails with
  /// `empty_list`, `list_length`, `empty_name` or `truncated_name`, each a decode_error (RFC 7301 §3.1).
  [[nodiscard]] static std::expected<ProtocolListView, WireError> parse(Bytes extension_body) noexcept;

  /// Reads names without the two-byte length before them, as TLS libraries hand them to their callbacks.
  /// Fails like `parse`.
  [[nodiscard]] static std::expected<ProtocolListView, WireError> parse_names(Bytes names) noexcept;

  /// The first.
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(as_text(names_).data()); }
  /// Past the last.
  [[nodiscard]] Iterator end() const noexcept { return Iterator(as_text(names_).data() + names_.size()); }
  /// The client's most preferred name.
  [[nodiscard]] ProtocolIdView front() const noexcept { return *begin(); }
  /// Whether `id` is among the names, byte by byte.
  [[nodiscard]] bool contains(ProtocolIdView id) const noexcept;
  /// The names as on the wire, without the two-byte length before them.
  [[nodiscard]] Bytes wire_names() const noexcept { return names_; }

 private:
  friend class ProtocolList;
  explicit ProtocolListView(Bytes names) noexcept : names_(names) {}

  Bytes names_;
};

/// A protocol list that owns its bytes; it can only be made well formed, so encoding it can't fail.
class ProtocolList {
 public:
  /// Joins `ids` in their order. Fails with `empty_list`, or with `list_too_long` past 65,535 bytes.
  [[nodiscard]] static std::expected<ProtocolList, WireError> from(std::span<const ProtocolIdView> ids);

  /// Copies `list`.
  explicit ProtocolList(ProtocolListView list) : names_(list.names_.begin(), list.names_.end()) {}

  /// The list without ownership, valid until this object changes.
  [[nodiscard]] ProtocolListView view() const noexcept { return ProtocolListView(names_); }
  /// Appends the extension's body, the two-byte length included.
  void write_to(ByteWriter& writer) const;

  friend bool operator==(const ProtocolList&, const ProtocolList&) noexcept = default;  ///< the same bytes

 private:
  explicit ProtocolList(std::vector<std::byte> names) noexcept : names_(std::move(names)) {}

  std::vector<std::byte> names_;
};

/// `list` for people: the text form of every name, joined by commas.
[[nodiscard]] std::string to_text(ProtocolListView list);

}  // namespace simplon
