// A route's `tls`, and how its backends are spoken to.
#include "config/read.hpp"
#include "config/server_names.hpp"
#include "config/spelling.hpp"

#include <fmt/format.h>

namespace simplon::config {

namespace {

// The name that backends are asked for and must have a certificate for.
std::optional<std::string> read_server_name(TableReader& reader) {
  const auto text = reader.string("server_name");
  if (!text) return std::nullopt;
  auto name = parse_server_name(*text);
  if (!name) {
    reader.source().report(reader.value_position("server_name"), name.error());
    return std::nullopt;
  }
  if (name->starts_with('*')) {
    reader.source().report(
        reader.value_position("server_name"),
        fmt::format("{} is a pattern: write the one name that the backend has a certificate for", quote(*name)));
    return std::nullopt;
  }
  return std::move(*name);
}

std::optional<CertificateFiles> read_certificate(TableReader& reader) {
  auto chain = reader.path("chain");
  auto key = reader.path("key");
  if (reader.has("chain") != reader.has("key")) {
    const std::string_view there = reader.has("chain") ? "chain" : "key";
    reader.source().report(reader.key_position(there),
                           "a certificate for the backend to see needs `chain` and `key`: write both, or neither");
  }
  if (!chain || !key) return std::nullopt;
  return CertificateFiles{.chain = std::move(*chain), .key = std::move(*key)};
}

}  // namespace

bool mirrors(const TableReader& reader) {
  const toml::node* const node = reader.find("mirror");
  return node != nullptr && node->value_or(false);
}

std::optional<Tls> read_tls(TableReader& reader) {
  Tls tls;
  tls.mirror = reader.boolean("mirror").value_or(false);
  tls.verify = reader.boolean("verify").value_or(true);
  tls.authorities = reader.path("ca").value_or(std::filesystem::path());
  tls.server_name = read_server_name(reader);
  tls.certificate = read_certificate(reader);
  if (!tls.verify && reader.has("ca")) {
    reader.source().report(reader.key_position("ca"), "`ca` has no use with `verify = false`: remove one of them");
  }
  auto backends = read_backends(reader, "tls");
  if (!backends) return std::nullopt;
  tls.backends = std::move(*backends);
  return tls;
}

}  // namespace simplon::config
