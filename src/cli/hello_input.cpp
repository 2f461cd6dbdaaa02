#include "cli/hello_input.hpp"

#include "simplon/alpn/bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace simplon::cli {

namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::optional<unsigned> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<unsigned> base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0' + 52);
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return std::nullopt;
}

std::optional<std::vector<std::byte>> decode_hex(std::string_view text) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (is_space(text[i]) || text[i] == ':' || text[i] == ',') {
      ++i;
      continue;
    }
    if (text.substr(i, 2) == "0x" || text.substr(i, 2) == "0X") {
      i += 2;
      continue;
    }
    if (i + 1 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i]);
    const auto low = hex_digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(*high << 4 | *low));
    i += 2;
  }
  if (bytes.empty()) return std::nullopt;
  return bytes;
}

std::optional<std::vector<std::byte>> decode_base64(std::string_view text) {
  std::vector<std::byte> bytes;
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto digit = base64_digit(c);
    if (!digit || padding != 0) return std::nullopt;
    bits = (bits << 6 | *digit) & 0xffffff;
    ++digits;
    // After the second, third and fourth digit of four another byte is whole.
    if (digits % 4 != 1) bytes.push_back(static_cast<std::byte>(bits >> (2 * (3 - (digits - 1) % 4)) & 0xff));
  }
  if (bytes.empty() || digits % 4 == 1 || padding > 2) return std::nullopt;
  if (padding != 0 && (digits + padding) % 4 != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string_view name_of(Encoding encoding) noexcept {
  switch (encoding) {
    case Encoding::raw:
      return "raw";
    case Encoding::hex:
      return "hex";
    case Encoding::base64:
      return "base64";
  }
  return "";
}

std::expected<std::string, std::string> read_input(const std::string& path) {
  const bool standard_input = path == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
      standard_input ? nullptr : std::fopen(path.c_str(), "rb"), [](std::FILE* file) { return std::fclose(file); });
  std::FILE* file = standard_input ? stdin : opened.get();
  if (file == nullptr) return std::unexpected(fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text(max_input + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  if (std::ferror(file) != 0) return std::unexpected(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (text.size() > max_input) return std::unexpected(fmt::format("is longer than {} bytes", max_input));
  return text;
}

HelloInput detect_encoding(std::string_view input) {
  if (auto bytes = decode_hex(input)) return {.encoding = Encoding::hex, .bytes = std::move(*bytes)};
  if (auto bytes = decode_base64(input)) return {.encoding = Encoding::base64, .bytes = std::move(*bytes)};
  const Bytes raw = as_bytes(input);
  return {.encoding = Encoding::raw, .bytes = {raw.begin(), raw.end()}};
}

}  // namespace simplon::cli
