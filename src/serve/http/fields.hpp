// The field lines of a message, in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::serve::http {

/// One field line (RFC 9110 §5).
struct Field {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const Field&, const Field&) = default;
};

/// Field lines in their order. All text stands in one string, so a message costs two allocations however many fields it
/// has. What it returns is valid until a field is added.
class Fields {
 public:
  class Iterator;

  Fields() = default;
  Fields(std::initializer_list<Field> fields);

  void push_back(const Field& field);
  /// Likewise, with the name's letters A to Z in lower case.
  void add_lower(std::string_view name, std::string_view value);
  /// Removes every field `name`, compared exactly.
  void remove(std::string_view name);
  void clear() noexcept;
  void reserve(std::size_t count, std::size_t bytes);

  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
  [[nodiscard]] Field operator[](std::size_t index) const noexcept;
  /// The first value of the field `name`, compared exactly; names of received messages are in lower case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

  [[nodiscard]] Iterator begin() const noexcept;
  [[nodiscard]] Iterator end() const noexcept;

 private:
  struct Line {
    std::uint32_t at;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  std::string text_;
  std::vector<Line> lines_;
};

class Fields::Iterator {
 public:
  using value_type = Field;
  using difference_type = std::ptrdiff_t;

  Iterator() = default;
  Iterator(const Fields* fields, std::size_t index) noexcept : fields_(fields), index_(index) {}
  [[nodiscard]] Field operator*() const noexcept { return (*fields_)[index_]; }
  Iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  Iterator operator++(int) noexcept {
    const Iterator before = *this;
    ++index_;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.index_ == b.index_; }

 private:
  const Fields* fields_ = nullptr;
  std::size_t index_ = 0;
};

inline Fields::Iterator Fields::begin() const noexcept { return {this, 0}; }
inline Fields::Iterator Fields::end() const noexcept { return {this, lines_.size()}; }

}  // namespace simplon::serve::http
