// [[listen]] and [[certificate]].
#include "config/read.hpp"
#include "config/spelling.hpp"

#include <fmt/format.h>

namespace simplon::config {

namespace {

// A boolean, or a list of networks.
std::optional<ProxyProtocol> read_proxy_protocol(TableReader& reader) {
  constexpr std::string_view key = "proxy_protocol";
  const toml::node* node = reader.find(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* value = node->as_boolean()) return value->get() ? std::optional(ProxyProtocol{}) : std::nullopt;
  if (!node->is_string() && !node->is_array()) {
    reader.source().report(
        reader.value_position(key),
        fmt::format("`{}` must be true, false or a list of trusted sources, not {}", key, kind_of(*node)));
    return std::nullopt;
  }
  const auto texts = reader.strings(key);
  if (!texts) return std::nullopt;
  std::vector<Network> trusted;
  for (const Text& text : *texts) {
    if (const auto network = parse_network(text.text)) {
      trusted.push_back(*network);
    } else {
      reader.source().report(text.position, network.error());
    }
  }
  return ProxyProtocol{.trusted = std::move(trusted)};
}

// What a listener asks of TLS.
void read_negotiation(TableReader& reader, Listener& listener) {
  static constexpr Choice<Order> orders[] = {{"server", Order::server}, {"client", Order::client}};
  static constexpr Choice<Mismatch> mismatches[] = {
      {"reject", Mismatch::reject}, {"ignore", Mismatch::ignore}, {"report", Mismatch::report}};
  if (const auto order = reader.choice("order", orders)) listener.order = *order;
  if (const auto mismatch = reader.choice("mismatch", mismatches)) listener.mismatch = *mismatch;
}

// A listener that redirects speaks no TLS.
void refuse_negotiation(TableReader& reader) {
  for (const std::string_view key : {"order", "mismatch"}) {
    if (!reader.has(key)) continue;
    reader.source().report(
        reader.key_position(key),
        fmt::format("`{}` does not go with `redirect`: this listener answers plain HTTP with redirects only", key));
  }
}

}  // namespace

void read_listener(Source& source, const toml::table& table, Draft& draft) {
  TableReader reader(source, table, keys::listen);
  ListenerDraft result;
  result.listener.position = reader.position();
  result.name_position = reader.value_position(reader.has("name") ? "name" : "address");
  result.address_position = reader.value_position("address");
  result.mismatch_position = reader.value_position("mismatch");
  const auto name = reader.string("name");
  result.listener.redirect = reader.boolean("redirect").value_or(false);
  result.listener.proxy_protocol = read_proxy_protocol(reader);
  if (result.listener.redirect) {
    refuse_negotiation(reader);
  } else {
    read_negotiation(reader, result.listener);
  }
  if (!reader.has("address")) {
    source.report(reader.position(), "a listener needs an `address`, such as \"127.0.0.1:8443\" or \"[::]:443\"");
  }
  if (const auto text = reader.string("address")) {
    result.listener.name = *text;
    if (auto address = parse_listen_address(*text)) {
      result.listener.address = std::move(*address);
    } else {
      source.report(result.address_position, address.error());
    }
  }
  if (name) result.listener.name = *name;
  // Kept even where it is wrong: no configuration comes of it then, but routes may name it.
  draft.listeners.push_back(std::move(result));
}

void read_certificate(Source& source, const toml::table& table, Draft& draft) {
  ++draft.certificate_tables;
  TableReader reader(source, table, keys::certificate);
  auto chain = reader.path("chain");
  auto key = reader.path("key");
  auto dir = reader.path("dir");
  if (reader.has("dir")) {
    for (const std::string_view other : {"chain", "key"}) {
      if (reader.has(other)) {
        source.report(reader.key_position(other), fmt::format("`{}` does not go with `dir`: use two blocks", other));
        return;
      }
    }
    if (!dir) return;
    draft.certificates.push_back(
        {.source = CertificateDirectory{.path = std::move(*dir)}, .position = reader.position()});
    return;
  }
  if (!reader.has("chain") || !reader.has("key")) {
    source.report(reader.position(), "a certificate needs `chain` and `key`, or `dir`");
    return;
  }
  if (!chain || !key) return;
  draft.certificates.push_back(
      {.source = CertificateFiles{.chain = std::move(*chain), .key = std::move(*key)}, .position = reader.position()});
}

}  // namespace simplon::config
