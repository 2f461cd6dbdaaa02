#include "tls/policy.hpp"

#include <algorithm>

namespace simplon::tls {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr std::string_view without_dot(std::string_view name) noexcept {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

Digest digest_of(const Settings& settings, const Digest* authorities) {
  ByteWriter text;
  for (const auto* const names : {&settings.ciphers, &settings.groups}) {
    for (const std::string& name : *names) {
      text.write(as_bytes(name));
      text.write_u8(':');
    }
    text.write_u8(0);
  }
  if (authorities != nullptr) text.write(*authorities);
  return sha256(text.bytes());
}

Digest session_id_context(const Policy& policy) {
  // Every field has its place and a mark of its absence, so that no two policies have the same text.
  ByteWriter text;
  text.write(as_bytes("simplon session policy 1"));
  text.write_u16(static_cast<std::uint16_t>(policy.min_version));
  text.write(policy.demands);
  text.write_u8(policy.server_name ? 1 : 0);
  if (policy.server_name) {
    for (const char c : without_dot(*policy.server_name))
      text.write_u8(static_cast<std::uint8_t>(lower(c)));
  }
  return sha256(text.bytes());
}

bool same_name(std::string_view left, std::string_view right) noexcept {
  return std::ranges::equal(without_dot(left), without_dot(right), {}, lower, lower);
}

}  // namespace simplon::tls
