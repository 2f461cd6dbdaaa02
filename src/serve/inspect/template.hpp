// Fills named places in a text. Whatever is put in is escaped for HTML: there is no way to put in markup.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simplon::serve::inspect {

/// What to put where. `{{name}}` becomes the escaped text of that name. `{{#name}}` to `{{/name}}` is repeated for each
/// of the Values of that name, no time for none; inside it, names are looked for in those Values first. A name that
/// was never set stands for nothing.
class Values {
 public:
  /// Sets a text. `name` must outlive this object, as literals do.
  Values& set(std::string_view name, std::string text);
  /// Adds one repetition of a part.
  Values& add(std::string_view name, Values values);
  /// A part that is there once or not at all.
  Values& show(std::string_view name, bool shown = true);

  [[nodiscard]] const std::string* find_text(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Values>* find_part(std::string_view name) const noexcept;

 private:
  std::vector<std::pair<std::string_view, std::string>> texts_;
  std::vector<std::pair<std::string_view, std::vector<Values>>> parts_;
};

/// `markup`, which is our own, with `values` in their places.
[[nodiscard]] std::string fill(std::string_view markup, const Values& values);

/// `text` as HTML content or in a quoted attribute. Bytes that are not printable ASCII or UTF-8 become U+FFFD.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace simplon::serve::inspect
