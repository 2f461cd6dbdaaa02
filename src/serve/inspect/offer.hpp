// The client's offer with what is known of each name.
#pragma once

#include "serve/inspect/facts.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::serve::inspect {

/// What is known of a protocol name.
enum class Kind : std::uint8_t { registered, grease, unknown };

/// "registered", "grease" or "unknown".
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

/// A protocol name, in its text form, and its entry in the IANA registry.
struct KnownName {
  std::string_view name;
  Kind kind = Kind::unknown;
  std::string_view description;  ///< one line for a person
  std::string_view reference;    ///< the document that defines it, or empty where nobody registered the name
};

/// Looks up a name given in its text form.
[[nodiscard]] KnownName look_up(std::string_view text);

/// So many names are shown; a client may offer tens of thousands.
inline constexpr std::size_t shown_names = 16;

/// The first `shown_names` names of the offer; none where there was no offer. Views into `facts`.
[[nodiscard]] std::vector<KnownName> shown_offer(const Facts& facts);

}  // namespace simplon::serve::inspect
