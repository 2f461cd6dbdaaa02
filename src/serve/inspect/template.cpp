#include "serve/inspect/template.hpp"

#include <algorithm>

namespace simplon::serve::inspect {

namespace {

/// The Values that are in scope, the innermost last.
using Scopes = std::vector<const Values*>;

void fill_into(std::string& out, std::string_view markup, Scopes& scopes) {
  constexpr std::string_view open = "{{";
  constexpr std::string_view close = "}}";
  while (true) {
    const std::size_t start = markup.find(open);
    out += markup.substr(0, start);
    if (start == std::string_view::npos) return;
    markup.remove_prefix(start + open.size());
    const std::size_t end = markup.find(close);
    if (end == std::string_view::npos) return;
    const std::string_view name = markup.substr(0, end);
    markup.remove_prefix(end + close.size());
    if (!name.starts_with('#')) {
      const std::string* text = nullptr;
      for (std::size_t i = scopes.size(); i-- > 0 && !text;)
        text = scopes[i]->find_text(name);
      if (text) out += escape_html(*text);
      continue;
    }
    const std::string part_end = "{{/" + std::string(name.substr(1)) + "}}";
    const std::size_t part_size = std::min(markup.find(part_end), markup.size());
    const std::string_view part = markup.substr(0, part_size);
    markup.remove_prefix(std::min(part_size + part_end.size(), markup.size()));
    const std::vector<Values>* repetitions = nullptr;
    for (std::size_t i = scopes.size(); i-- > 0 && !repetitions;)
      repetitions = scopes[i]->find_part(name.substr(1));
    if (!repetitions) continue;
    for (const Values& values : *repetitions) {
      scopes.push_back(&values);
      fill_into(out, part, scopes);
      scopes.pop_back();
    }
  }
}

/// How long the UTF-8 sequence at the front of `text` is, or 0 where there is none (RFC 3629 §4).
std::size_t utf8_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto within = [](unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; };
  const unsigned first = byte(0);
  if (within(first, 0xC2, 0xDF)) return within(byte(1), 0x80, 0xBF) ? 2 : 0;
  const bool third = within(byte(2), 0x80, 0xBF);
  if (within(first, 0xE0, 0xEF)) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(byte(1), low, high) && third ? 3 : 0;
  }
  if (within(first, 0xF0, 0xF4)) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return within(byte(1), low, high) && third && within(byte(3), 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Values& Values::set(std::string_view name, std::string text) {
  texts_.emplace_back(name, std::move(text));
  return *this;
}

Values& Values::add(std::string_view name, Values values) {
  auto found = std::ranges::find(parts_, name, &std::pair<std::string_view, std::vector<Values>>::first);
  if (found == parts_.end()) found = parts_.emplace(parts_.end(), name, std::vector<Values>{});
  found->second.push_back(std::move(values));
  return *this;
}

Values& Values::show(std::string_view name, bool shown) {
  if (shown) add(name, Values{});
  return *this;
}

const std::string* Values::find_text(std::string_view name) const noexcept {
  const auto found = std::ranges::find(texts_, name, &std::pair<std::string_view, std::string>::first);
  return found == texts_.end() ? nullptr : &found->second;
}

const std::vector<Values>* Values::find_part(std::string_view name) const noexcept {
  const auto found = std::ranges::find(parts_, name, &std::pair<std::string_view, std::vector<Values>>::first);
  return found == parts_.end() ? nullptr : &found->second;
}

std::string fill(std::string_view markup, const Values& values) {
  std::string out;
  out.reserve(markup.size() * 2);
  Scopes scopes{&values};
  fill_into(out, markup, scopes);
  return out;
}

std::string escape_html(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t size = 1;
    const char first = text.front();
    if (first == '&') {
      out += "&amp;";
    } else if (first == '<') {
      out += "&lt;";
    } else if (first == '>') {
      out += "&gt;";
    } else if (first == '"') {
      out += "&quot;";
    } else if (first == '\'') {
      out += "&#39;";
    } else if (first >= 0x20 && first <= 0x7E) {
      out += first;
    } else {
      const std::size_t sequence = utf8_size(text);
      out += sequence == 0 ? replacement : text.substr(0, sequence);
      size = std::max<std::size_t>(sequence, 1);
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace simplon::serve::inspect
