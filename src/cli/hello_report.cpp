#include "cli/hello_report.hpp"

#include "simplon/hello/extension_names.hpp"
#include "simplon/hello/ja4.hpp"
#include "tls/digest.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace simplon::cli {

namespace {

using nlohmann::ordered_json;

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::byte byte : bytes)
    out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return out;
}

// Escaped like a protocol name, which a host name may exceed in length.
std::string escape(Bytes bytes) {
  std::string out;
  for (std::string_view rest = as_text(bytes); !rest.empty();) {
    const std::string_view piece = rest.substr(0, ProtocolIdView::max_size);
    if (const auto id = ProtocolIdView::from(piece)) out += simplon::to_text(*id);
    rest.remove_prefix(piece.size());
  }
  return out;
}

// "0x1301", with a name behind it where there is one.
std::string number(std::uint16_t value, std::string_view name) {
  if (is_grease(value)) name = "GREASE";
  if (name.empty() || name == "unknown") return fmt::format("0x{:04x}", value);
  return fmt::format("0x{:04x} {}", value, name);
}

using Naming = std::string_view (*)(std::uint16_t) noexcept;

std::string_view no_name(std::uint16_t) noexcept { return {}; }

std::vector<std::string> numbers(const U16List& list, Naming name) {
  std::vector<std::string> out;
  for (const std::uint16_t value : list)
    out.push_back(number(value, name(value)));
  return out;
}

std::vector<std::string> names_of(ProtocolListView list) {
  std::vector<std::string> out;
  for (const ProtocolIdView id : list) {
    out.push_back(is_grease(id) ? fmt::format("{} (GREASE)", simplon::to_text(id)) : simplon::to_text(id));
  }
  return out;
}

std::optional<std::string> ja4_of(const ClientHelloView& hello) {
  std::array<char, ja4_size> buffer{};
  const auto text = write_ja4(
      hello,
      [](Bytes input, std::span<std::byte, 32> digest) { std::ranges::copy(tls::sha256(input), digest.begin()); },
      buffer);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<std::string> ja4_raw_of(const ClientHelloView& hello) {
  std::vector<char> buffer(ja4_raw_max_size);
  const auto text = write_ja4_raw(hello, buffer);
  if (!text) return std::nullopt;
  return std::string(*text);
}

// What the extension says, where that is read; otherwise its bytes.
std::string contents_of(const ClientHelloView& hello, const ExtensionView& extension) {
  switch (extension.type) {
    case extension_type::server_name:
      if (hello.server_name) return escape(*hello.server_name);
      break;
    case extension_type::alpn:
      if (hello.alpn) return fmt::format("{}", fmt::join(names_of(*hello.alpn), ", "));
      break;
    case extension_type::supported_versions:
      if (hello.supported_versions) {
        return fmt::format("{}", fmt::join(numbers(*hello.supported_versions, version_name), ", "));
      }
      break;
    case extension_type::supported_groups:
      if (hello.supported_groups) {
        return fmt::format("{}", fmt::join(numbers(*hello.supported_groups, group_name), ", "));
      }
      break;
    case extension_type::signature_algorithms:
      if (hello.signature_algorithms) {
        return fmt::format("{}", fmt::join(numbers(*hello.signature_algorithms, no_name), ", "));
      }
      break;
    case extension_type::key_share:
      if (hello.key_share) {
        std::vector<std::string> shares;
        for (const KeyShareView& share : *hello.key_share) {
          shares.push_back(
              fmt::format("{} ({} bytes)", number(share.group, group_name(share.group)), share.key.size()));
        }
        return fmt::format("{}", fmt::join(shares, ", "));
      }
      break;
    case extension_type::padding:
      return fmt::format("{} bytes", extension.body.size());
    default:
      break;
  }
  return hex(extension.body);
}

std::string version_text(std::optional<std::uint16_t> version) {
  return version ? number(*version, version_name(*version)) : "none that is known";
}

ordered_json or_null(const std::optional<std::string>& text) {
  if (!text) return nullptr;
  return *text;
}

ordered_json numbers_json(const U16List& list) {
  ordered_json json = ordered_json::array();
  for (const std::uint16_t value : list)
    json.push_back(value);
  return json;
}

ordered_json numbers_json(const std::optional<U16List>& list) {
  if (!list) return nullptr;
  return numbers_json(*list);
}

ordered_json alpn_json(const ClientHelloView& hello) {
  if (!hello.alpn) return nullptr;
  ordered_json json = ordered_json::array();
  for (const ProtocolIdView id : *hello.alpn)
    json.push_back(simplon::to_text(id));
  return json;
}

ordered_json key_share_json(const ClientHelloView& hello) {
  if (!hello.key_share) return nullptr;
  ordered_json json = ordered_json::array();
  for (const KeyShareView& share : *hello.key_share)
    json.push_back({{"group", share.group}, {"key", hex(share.key)}});
  return json;
}

ordered_json extensions_json(const ClientHelloView& hello) {
  ordered_json json = ordered_json::array();
  for (const ExtensionView& extension : hello.extensions) {
    json.push_back({{"type", extension.type}, {"name", extension_name(extension.type)}, {"body", hex(extension.body)}});
  }
  return json;
}

}  // namespace

std::string to_text(const ClientHelloView& hello) {
  const auto line = [](std::string_view name, std::string_view value) {
    return fmt::format("{:<20} {}\n", name, value);
  };
  const std::string fingerprint = ja4_of(hello).value_or("too many values to fingerprint");
  const std::string raw_fingerprint = ja4_raw_of(hello).value_or("too many values to fingerprint");
  std::string text = line("client_hello", fmt::format("{} bytes", hello.message.size()));
  text += line("legacy_version", version_text(hello.legacy_version));
  text += line("highest_version", version_text(highest_version(hello)));
  text += line("random", hex(hello.random));
  text += line("session_id", hello.session_id.empty() ? "empty" : hex(hello.session_id));
  text += line("cipher_suites", fmt::format("{}", fmt::join(numbers(hello.cipher_suites, no_name), ", ")));
  text += line("h2_suite", offers_h2_suite(hello) ? "yes: a TLS 1.2 suite that HTTP/2 may use" : "no");
  text += line("compression_methods", hex(hello.compression_methods));
  text += line("ech_offered", hello.encrypted_client_hello ? "yes" : "no");
  text += line("ja4", fingerprint);
  text += line("ja4_r", raw_fingerprint);
  text += "extensions\n";
  for (const ExtensionView& extension : hello.extensions) {
    text += fmt::format("  {:>5} {:<24} {:>5}  {}\n", extension.type, extension_name(extension.type),
                        extension.body.size(), contents_of(hello, extension));
  }
  return text;
}

ordered_json to_json(const ClientHelloView& hello) {
  ordered_json json;
  json["bytes"] = hello.message.size();
  json["legacy_version"] = hello.legacy_version;
  const auto version = highest_version(hello);
  json["highest_version"] = version ? ordered_json(*version) : ordered_json();
  json["random"] = hex(hello.random);
  json["session_id"] = hex(hello.session_id);
  json["cipher_suites"] = numbers_json(hello.cipher_suites);
  json["h2_suite"] = offers_h2_suite(hello);
  json["compression_methods"] = hex(hello.compression_methods);
  json["server_name"] = hello.server_name ? ordered_json(escape(*hello.server_name)) : ordered_json();
  json["alpn"] = alpn_json(hello);
  json["supported_versions"] = numbers_json(hello.supported_versions);
  json["supported_groups"] = numbers_json(hello.supported_groups);
  json["signature_algorithms"] = numbers_json(hello.signature_algorithms);
  json["key_share"] = key_share_json(hello);
  json["ech_offered"] = hello.encrypted_client_hello.has_value();
  json["padding"] = hello.padding ? ordered_json(*hello.padding) : ordered_json();
  json["extensions"] = extensions_json(hello);
  json["ja4"] = or_null(ja4_of(hello));
  json["ja4_r"] = or_null(ja4_raw_of(hello));
  return json;
}

}  // namespace simplon::cli
