// The two shapes of list that a ClientHello is made of, as views that need no checks once made.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

namespace simplon {

/// Two-byte values that somebody else owns, one after another in network order: cipher suites, groups, signature
/// schemes, versions. A random access range of std::uint16_t, valid as long as the bytes it was made from.
class U16List {
 public:
  /// Walks the values.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;  // it gives values, not references
    using iterator_concept = std::random_access_iterator_tag;
    using value_type = std::uint16_t;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = std::uint16_t;

    constexpr Iterator() noexcept = default;
    constexpr std::uint16_t operator*() const noexcept {
      return static_cast<std::uint16_t>(std::to_integer<unsigned>(at_[0]) << 8 | std::to_integer<unsigned>(at_[1]));
    }
    constexpr std::uint16_t operator[](difference_type n) const noexcept { return *(*this + n); }
    constexpr Iterator& operator+=(difference_type n) noexcept {
      at_ += 2 * n;
      return *this;
    }
    constexpr Iterator& operator-=(difference_type n) noexcept { return *this += -n; }
    constexpr Iterator& operator++() noexcept { return *this += 1; }
    constexpr Iterator& operator--() noexcept { return *this -= 1; }
    constexpr Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    constexpr Iterator operator--(int) noexcept {
      const Iterator before = *this;
      --*this;
      return before;
    }
    friend constexpr Iterator operator+(Iterator i, difference_type n) noexcept { return i += n; }
    friend constexpr Iterator operator+(difference_type n, Iterator i) noexcept { return i += n; }
    friend constexpr Iterator operator-(Iterator i, difference_type n) noexcept { return i -= n; }
    friend constexpr difference_type operator-(Iterator a, Iterator b) noexcept { return (a.at_ - b.at_) / 2; }
    friend constexpr bool operator==(Iterator, Iterator) noexcept = default;
    friend constexpr auto operator<=>(Iterator, Iterator) noexcept = default;

   private:
    friend class U16List;
    constexpr explicit Iterator(const std::byte* at) noexcept : at_(at) {}

    const std::byte* at_ = nullptr;
  };

  /// A list of no values.
  constexpr U16List() noexcept = default;

  /// Nothing when `bytes` end inside a value.
  [[nodiscard]] static constexpr std::optional<U16List> from(Bytes bytes) noexcept {
    if (bytes.size() % 2 != 0) return std::nullopt;
    return U16List(bytes);
  }

  /// The first.
  [[nodiscard]] constexpr Iterator begin() const noexcept { return Iterator(bytes_.data()); }
  /// Past the last.
  [[nodiscard]] constexpr Iterator end() const noexcept { return Iterator(bytes_.data() + bytes_.size()); }
  /// How many values.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size() / 2; }
  /// Whether there is none.
  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
  /// The value at `index`, which must be less than `size()`.
  [[nodiscard]] constexpr std::uint16_t operator[](std::size_t index) const noexcept {
    return begin()[static_cast<std::ptrdiff_t>(index)];
  }
  /// Whether `value` is among the values.
  [[nodiscard]] constexpr bool contains(std::uint16_t value) const noexcept {
    return std::ranges::find(*this, value) != end();
  }
  /// The values as on the wire.
  [[nodiscard]] constexpr Bytes wire_bytes() const noexcept { return bytes_; }

 private:
  constexpr explicit U16List(Bytes bytes) noexcept : bytes_(bytes) {}

  Bytes bytes_;
};

/// Items that somebody else owns, one after another, each a two-byte tag and a vector with a two-byte length:
/// extensions (RFC 8446 §4.2) and key shares (RFC 8446 §4.2.8). `Item` is made of the tag and the vector's bytes.
/// A forward range of Item, valid as long as the bytes it was made from.
template <typename Item>
class TaggedList {
 public:
  /// Walks the items.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;  // it gives values, not references
    using iterator_concept = std::forward_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Item;

    constexpr Iterator() noexcept = default;
    constexpr Item operator*() const noexcept { return Item{u16(0), Bytes{at_ + 4, u16(2)}}; }
    constexpr Iterator& operator++() noexcept {
      at_ += 4 + u16(2);
      return *this;
    }
    constexpr Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(Iterator, Iterator) noexcept = default;

   private:
    friend class TaggedList;
    constexpr explicit Iterator(const std::byte* at) noexcept : at_(at) {}
    [[nodiscard]] constexpr std::uint16_t u16(std::size_t offset) const noexcept {
      return static_cast<std::uint16_t>(std::to_integer<unsigned>(at_[offset]) << 8 |
                                        std::to_integer<unsigned>(at_[offset + 1]));
    }

    const std::byte* at_ = nullptr;
  };

  /// A list of no items.
  constexpr TaggedList() noexcept = default;

  /// Nothing when `bytes` end inside an item, or a vector holds fewer than `least` bytes.
  [[nodiscard]] static constexpr std::optional<TaggedList> from(Bytes bytes, std::size_t least = 0) noexcept {
    ByteReader reader(bytes);
    while (!reader.empty()) {
      if (!reader.read_u16()) return std::nullopt;
      const auto body = reader.read_vector_u16();
      if (!body || body->size() < least) return std::nullopt;
    }
    return TaggedList(bytes);
  }

  /// For `bytes` whose items have been read already.
  [[nodiscard]] static constexpr TaggedList trusted(Bytes bytes) noexcept { return TaggedList(bytes); }

  /// The first.
  [[nodiscard]] constexpr Iterator begin() const noexcept { return Iterator(bytes_.data()); }
  /// Past the last.
  [[nodiscard]] constexpr Iterator end() const noexcept { return Iterator(bytes_.data() + bytes_.size()); }
  /// Whether there is none.
  [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
  /// The items as on the wire.
  [[nodiscard]] constexpr Bytes wire_bytes() const noexcept { return bytes_; }

 private:
  constexpr explicit TaggedList(Bytes bytes) noexcept : bytes_(bytes) {}

  Bytes bytes_;
};

}  // namespace simplon
