// What became of one hello: plain data.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::probe {

/// How the server's first answer to a hello ended.
enum class Outcome : std::uint8_t {
  waiting,      ///< it has not ended yet
  answered,     ///< the server goes on with the handshake: see `Observation::answer`
  alert,        ///< a fatal alert: see `Observation::alert`
  closed,       ///< the end of the TCP stream, without a word
  reset,        ///< the TCP connection was reset
  timed_out,    ///< nothing more came
  not_tls,      ///< something else than TLS came: see `Observation::text`
  malformed,    ///< TLS that can't be understood, or that a client of TLS must refuse
  unreachable,  ///< there was no TCP connection: see `Observation::text`
};

/// "answered", "alert", …
[[nodiscard]] std::string_view name_of(Outcome outcome) noexcept;

/// What a server that goes on has said.
struct Answer {
  std::uint16_t version = 0;  ///< 0x0303: TLS 1.2, 0x0304: TLS 1.3
  std::uint16_t suite = 0;
  bool retried = false;                        ///< it sent a HelloRetryRequest first
  std::optional<std::vector<std::byte>> alpn;  ///< the extension's body, where its place is; nothing: there is none
  bool npn = false;                            ///< it answers ALPN's predecessor
  bool alpn_misplaced = false;                 ///< there is one in a ServerHello of TLS 1.3 (RFC 7301 §3.1)
};

/// One hello, and what came back.
struct Observation {
  Outcome outcome = Outcome::waiting;
  std::optional<Answer> answer;
  std::optional<std::uint8_t> alert;  ///< the fatal one
  std::string text;                   ///< for people: the beginning of what is no TLS, or what is wrong
};

}  // namespace simplon::probe
