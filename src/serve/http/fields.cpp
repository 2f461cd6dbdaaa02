#include "serve/http/fields.hpp"

#include "serve/http/common.hpp"

#include <algorithm>

namespace simplon::serve::http {

Fields::Fields(std::initializer_list<Field> fields) {
  for (const Field& field : fields)
    push_back(field);
}

void Fields::push_back(const Field& field) {
  // Enough for most messages, so that they need not grow step by step.
  if (lines_.capacity() == 0) reserve(16, 512);
  lines_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(field.name.size()),
                    static_cast<std::uint32_t>(field.value.size())});
  text_.append(field.name).append(field.value);
}

void Fields::add_lower(std::string_view name, std::string_view value) {
  push_back({name, value});
  const std::size_t at = lines_.back().at;
  std::transform(text_.begin() + static_cast<std::ptrdiff_t>(at),
                 text_.begin() + static_cast<std::ptrdiff_t>(at + name.size()),
                 text_.begin() + static_cast<std::ptrdiff_t>(at), to_lower);
}

void Fields::remove(std::string_view name) {
  std::erase_if(lines_,
                [&](const Line& line) { return std::string_view(text_).substr(line.at, line.name_size) == name; });
}

void Fields::clear() noexcept {
  text_.clear();
  lines_.clear();
}

void Fields::reserve(std::size_t count, std::size_t bytes) {
  lines_.reserve(count);
  text_.reserve(bytes);
}

Field Fields::operator[](std::size_t index) const noexcept {
  const Line& line = lines_[index];
  const std::string_view text(text_);
  return {text.substr(line.at, line.name_size), text.substr(line.at + line.name_size, line.value_size)};
}

std::optional<std::string_view> Fields::find(std::string_view name) const noexcept {
  for (const Field field : *this) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

}  // namespace simplon::serve::http
