// A read-only hash index over names, made once when a table is built.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::route {

/// Numbers distinct names 0, 1, 2, … in the order of their first insertion and finds them again without allocating.
/// Clients can only look names up, never insert, so a probe is bounded by what the configuration holds.
class NameIndex {
 public:
  /// The number of `name`, a new one when it was not there.
  std::uint32_t insert(std::string_view name) {
    if (const auto known = find(name)) return *known;
    names_.emplace_back(name);
    if (names_.size() * 2 > slots_.size()) {
      grow();
    } else {
      place(static_cast<std::uint32_t>(names_.size() - 1));
    }
    return static_cast<std::uint32_t>(names_.size() - 1);
  }

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const noexcept {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t hash = hash_of(name);
    for (std::size_t at = hash & mask(); slots_[at].number != vacant; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && names_[slots_[at].number] == name) return slots_[at].number;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  /// The name numbered `number`, which must be below `size()`; valid until the next insertion.
  [[nodiscard]] std::string_view name(std::uint32_t number) const noexcept { return names_[number]; }

 private:
  static constexpr std::uint32_t vacant = 0xffffffff;
  struct Slot {
    std::uint32_t hash;
    std::uint32_t number;
  };

  static std::uint32_t hash_of(std::string_view name) noexcept {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
  }
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }

  void place(std::uint32_t number) noexcept {
    const std::uint32_t hash = hash_of(names_[number]);
    std::size_t at = hash & mask();
    while (slots_[at].number != vacant)
      at = (at + 1) & mask();
    slots_[at] = {hash, number};
  }

  void grow() {
    slots_.assign(std::bit_ceil(names_.size() * 4), Slot{0, vacant});
    for (std::uint32_t number = 0; number < names_.size(); ++number)
      place(number);
  }

  std::vector<std::string> names_;
  std::vector<Slot> slots_;  // a power of two, at most half full
};

}  // namespace simplon::route
