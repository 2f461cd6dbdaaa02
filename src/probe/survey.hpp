// What there is to know about one address of a host.
#pragma once

#include "probe/full_client.hpp"
#include "probe/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace simplon::probe {

/// Whose order decides between two protocols that both sides have.
enum class Order : std::uint8_t { unknown, server, client };

/// "unknown", "server" or "client".
[[nodiscard]] std::string_view name_of(Order order) noexcept;

/// What a server says once h2 was selected, or nothing was.
enum class Spoken : std::uint8_t {
  not_asked,
  http_2,  ///< a SETTINGS frame (RFC 9113 §3.4)
  http_1,  ///< a status line
  other,   ///< something else, or nothing
};

/// One address, asked.
struct Survey {
  net::Endpoint address;
  Profile profile;
  Order order = Order::unknown;
  // Of the newest version that the server has, with all that it selects offered, or h2 and http/1.1.
  std::optional<Observation> usual;
  std::optional<Observation> beside_grease;
  std::optional<Observation> in_segments;
  std::optional<Observation> in_records;
  std::optional<Observation> large;
  std::optional<Observation> without_name;  ///< only where a name was sent otherwise
  std::optional<Observation> h2c;           ///< h2c alone
  std::vector<std::byte> offer;             ///< what was offered in these, but for h2c
  bool takes_tls_1_1 = false;
  bool stopped = false;  ///< it answered at first, and then nothing any more: what was asked last means nothing
  // By whole handshakes.
  std::string handshake_error;
  std::optional<CertificateFacts> certificate;
  Spoken after_h2 = Spoken::not_asked;
  Spoken without_alpn = Spoken::not_asked;    ///< to HTTP/2's preface, where nothing is ever selected
  bool loses_offer = false;                   ///< handshakes fail where ALPN is offered, although hellos are answered
  std::string resumption;                     ///< what a resumed session got, for people; empty: it was not tried
  std::optional<ProtocolId> kept_by_session;  ///< a resumed session got this one, which was not offered again
  std::chrono::milliseconds took{0};
};

/// How a server is looked at.
struct SurveyOptions {
  std::vector<ProtocolId> candidates;  ///< see `candidates_with`
  TrustStore trusted;                  ///< by whom certificates are judged
};

/// Blocks: about twenty connections, one after the other.
[[nodiscard]] Survey look_at(const Server& server, const SurveyOptions& options);

}  // namespace simplon::probe
