// A route's `alpn`.
#include "config/read.hpp"
#include "config/spelling.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace simplon::config {

namespace {

constexpr std::string_view alpn_key = "alpn";

// Why `id` must not stand in a match, or nothing.
std::optional<std::string> objection(ProtocolIdView id, route::MatchKind kind, route::Role role) {
  if (is_grease(id)) {
    return fmt::format("{} is a GREASE name (RFC 8701): clients make such names up, and none is ever selected",
                       quote(to_text(id)));
  }
  if (id == protocol::h2c && route::terminates(role)) {
    return "\"h2c\" is never selected inside TLS (RFC 9113 §3.2): write \"h2\"";
  }
  if (id == protocol::acme_tls_1 && kind == route::MatchKind::all) {
    return "\"acme-tls/1\" is only ever offered alone (RFC 8737 §3), so `all` with it never matches: use `only`";
  }
  return std::nullopt;
}

// Adds the name that `text` writes to `match`, or reports why not.
bool add_name(Source& source, const Text& text, route::Role role, route::Match& match) {
  auto id = parse_text(text.text);
  if (!id) {
    source.report(text.position,
                  fmt::format("{} is no protocol name: {}; write 1 to 255 bytes, each as itself or as %XX",
                              quote(text.text), describe(id.error())));
    return false;
  }
  if (auto why = objection(*id, match.kind, role)) {
    source.report(text.position, std::move(*why));
    return false;
  }
  if (std::ranges::find(match.names, *id) != match.names.end()) {
    source.report(text.position, fmt::format("{} is listed twice", quote(text.text)));
    return false;
  }
  match.names.push_back(std::move(*id));
  return true;
}

// A name, "none", "*", or a list of names and "none".
std::optional<route::Match> read_plain(Source& source, const toml::node& node, route::Role role) {
  const auto texts = read_strings(source, alpn_key, node);
  if (!texts) return std::nullopt;
  route::Match match;
  bool good = true;
  for (const Text& text : *texts) {
    if (text.text == "none") {
      if (match.none) source.report(text.position, "\"none\" is listed twice");
      match.none = true;
    } else if (text.text == "*" && !node.is_array()) {
      match.every = true;
    } else if (text.text == "*") {
      source.report(text.position, "\"*\" stands alone, never in a list: write alpn = \"*\" for any offer or none");
      good = false;
    } else {
      good = add_name(source, text, role, match) && good;
    }
  }
  if (!good) return std::nullopt;
  return match;
}

// { any|only|first|all = ... }, where every string is a name.
std::optional<route::Match> read_kinds(Source& source, const toml::table& table, route::Role role) {
  static constexpr Choice<route::MatchKind> kinds[] = {{"any", route::MatchKind::any},
                                                       {"only", route::MatchKind::only},
                                                       {"first", route::MatchKind::first},
                                                       {"all", route::MatchKind::all}};
  TableReader reader(source, table, keys::match);
  const Choice<route::MatchKind>* chosen = nullptr;
  for (const auto& kind : kinds) {
    if (!reader.has(kind.word)) continue;
    if (chosen != nullptr) {
      source.report(reader.key_position(kind.word),
                    fmt::format("`alpn` has one kind of match, and `{}` is one already", chosen->word));
      return std::nullopt;
    }
    chosen = &kind;
  }
  if (chosen == nullptr) {
    source.report(reader.position(), "`alpn` as a table needs one of `any`, `only`, `first` and `all`");
    return std::nullopt;
  }
  const auto texts = reader.strings(chosen->word);
  if (!texts) return std::nullopt;
  route::Match match;
  match.kind = chosen->value;
  bool good = true;
  for (const Text& text : *texts)
    good = add_name(source, text, role, match) && good;
  if (!good) return std::nullopt;
  return match;
}

}  // namespace

route::Match default_match(ActionKey action) {
  route::Match match;
  switch (action) {
    case ActionKey::http:
    case ActionKey::inspect:
      match.names = {ProtocolId(protocol::h2), ProtocolId(protocol::http_1_1)};
      match.none = true;
      break;
    case ActionKey::acme_dir:
      // RFC 8737 §3: the challenge is offered alone.
      match.kind = route::MatchKind::only;
      match.names = {ProtocolId(protocol::acme_tls_1)};
      break;
    case ActionKey::pass:
    case ActionKey::tcp:
    case ActionKey::tls:
    case ActionKey::reject:
      match.every = true;
      break;
  }
  return match;
}

std::optional<route::Match> read_match(TableReader& reader, ActionKey action, route::Role role) {
  const toml::node* node = reader.find(alpn_key);
  if (node == nullptr) return default_match(action);
  if (const auto* table = node->as_table()) return read_kinds(reader.source(), *table, role);
  return read_plain(reader.source(), *node, role);
}

}  // namespace simplon::config
