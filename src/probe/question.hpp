// What a server is asked: one hello's facts, said in the words of this project.
#pragma once

#include "probe/ask.hpp"
#include "probe/target.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace simplon::probe {

inline constexpr std::uint16_t tls_1_1 = 0x0302;
inline constexpr std::uint16_t tls_1_2 = 0x0303;
inline constexpr std::uint16_t tls_1_3 = 0x0304;

/// "TLS 1.2" or "TLS 1.3".
[[nodiscard]] std::string_view version_text(std::uint16_t version) noexcept;

/// The body of an ALPN extension, well formed or not; nothing: no extension.
using AlpnBody = std::optional<std::vector<std::byte>>;

/// The body for `names`, each 1 to 255 bytes (RFC 7301 §3.1).
[[nodiscard]] std::vector<std::byte> alpn_body(std::span<const std::string_view> names);
[[nodiscard]] std::vector<std::byte> alpn_body(std::initializer_list<std::string_view> names);

/// One hello.
struct Question {
  std::uint16_t version = tls_1_3;  ///< the only one that is offered
  // NOLINTBEGIN(readability-redundant-member-init): without it, leaving one out of a list would be warned of
  AlpnBody alpn = {};
  bool alpn_twice = false;  ///< the extension stands there two times
  bool npn = false;         ///< the extension that ALPN has replaced stands there too
  bool names_server = true;
  bool grease = false;             ///< as browsers sprinkle it (RFC 8701)
  std::size_t padded_to = 0;       ///< bytes of the message; 0: as it comes
  std::size_t record = 16384;      ///< bytes of it in a record
  std::size_t segment = 0;         ///< bytes of it in a TCP segment; 0: no matter
  bool provokes_retry = false;     ///< without a key share, so that a server of TLS 1.3 has to ask for one
  AlpnBody alpn_after_retry = {};  ///< the second hello's; nothing: it repeats the first one's
  // NOLINTEND(readability-redundant-member-init)
};

/// The server that is asked.
struct Server {
  net::Endpoint address;
  std::optional<std::string> name;  ///< what it is asked for
  std::chrono::milliseconds timeout{5'000};

  /// Blocks.
  [[nodiscard]] Observation ask(const Question& question) const;
};

/// What an answer says of ALPN, judged by RFC 7301 §3.1 and §3.2 against what was offered; an answer to what is no
/// offer is not judged.
struct AlpnVerdict {
  bool well_formed = true;             ///< one name, of those offered, in its place, or no extension
  std::optional<ProtocolId> selected;  ///< the name that the server says, offered or not
  std::string_view objection;          ///< where it is not: why
};

[[nodiscard]] AlpnVerdict judge(const Answer& answer, const AlpnBody& offered);

/// The name that a well-formed answer selects; nothing for any other observation.
[[nodiscard]] std::optional<ProtocolId> selection(const Observation& observation, const AlpnBody& offered);

}  // namespace simplon::probe
