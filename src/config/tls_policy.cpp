// What a route demands of the TLS that ends at it: `ciphers`, `groups`, `client_ca`.
#include "config/read.hpp"
#include "config/spelling.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace simplon::config {

namespace {

struct Spelling {
  std::string_view name;   ///< as Config has it
  std::string_view other;  ///< as it may be written too
};

// Those that RFC 9325 §4.2 recommends, all of them good for h2 (RFC 9113 §9.2.2): forward secret and authenticated.
constexpr std::array<Spelling, 9> suites = {{
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    {"ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    {"ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    {"ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    {"ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    {"ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
}};

// Of the registry of supported groups (RFC 8446 §4.2.7); a TLS library need not have all of them.
constexpr std::array<Spelling, 6> groups = {{
    {"X25519MLKEM768", "X25519MLKEM768"},
    {"X25519", "x25519"},
    {"X448", "x448"},
    {"P-256", "secp256r1"},
    {"P-384", "secp384r1"},
    {"P-521", "secp521r1"},
}};

std::vector<std::string> read_names(TableReader& reader, std::string_view key, std::span<const Spelling> known,
                                    std::string_view what) {
  std::vector<std::string> names;
  const auto texts = reader.strings(key);
  if (!texts) return names;
  for (const Text& text : *texts) {
    const auto found = std::ranges::find_if(
        known, [&](const Spelling& each) { return each.name == text.text || each.other == text.text; });
    if (found == known.end()) {
      std::vector<std::string_view> words;
      for (const Spelling& each : known)
        words.insert(words.end(), {each.name, each.other});
      reader.source().report(
          text.position, fmt::format("{} is none of the {}{}", quote(text.text), what, did_you_mean(text.text, words)));
    } else if (std::ranges::find(names, found->name) != names.end()) {
      reader.source().report(text.position, fmt::format("{} is listed twice", quote(text.text)));
    } else {
      names.emplace_back(found->name);
    }
  }
  return names;
}

}  // namespace

TlsPolicy read_tls_policy(TableReader& reader) {
  return {.ciphers = read_names(reader, "ciphers", suites,
                                "cipher suites that a route can have, those with forward secrecy and authenticated "
                                "encryption (RFC 9325 §4.2)"),
          .groups = read_names(reader, "groups", groups, "groups that a route can have"),
          .client_authorities = reader.path("client_ca").value_or(std::filesystem::path())};
}

bool has_suites_for(route::TlsVersion version, const TlsPolicy& policy) noexcept {
  // The names of TLS 1.3's suites do not say how keys are exchanged (RFC 8446 §B.4).
  const bool wanted = version == route::TlsVersion::tls_1_3;
  return policy.ciphers.empty() || std::ranges::any_of(policy.ciphers, [&](const std::string& name) {
           return name.starts_with("TLS_") == wanted;
         });
}

}  // namespace simplon::config
