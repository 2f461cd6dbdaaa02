#include "serve/inspect/offer.hpp"

#include "simplon/alpn/registry.hpp"

namespace simplon::serve::inspect {

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::registered:
      return "registered";
    case Kind::grease:
      return "grease";
    case Kind::unknown:
      return "unknown";
  }
  return "unknown";
}

KnownName look_up(std::string_view text) {
  KnownName known{text, Kind::unknown, "not registered", ""};
  const auto id = parse_text(text);
  if (!id) return known;
  if (is_grease(*id)) return {text, Kind::grease, "a made-up name that servers must ignore", "RFC 8701"};
  if (const RegisteredProtocol* const entry = find_registered(*id))
    return {text, Kind::registered, entry->description, entry->reference};
  return known;
}

std::vector<KnownName> shown_offer(const Facts& facts) {
  std::vector<KnownName> shown;
  if (!facts.connection.offered) return shown;
  for (const std::string& name : *facts.connection.offered) {
    if (shown.size() == shown_names) break;
    shown.push_back(look_up(name));
  }
  return shown;
}

}  // namespace simplon::serve::inspect
