// What a misbehaving server says of ALPN, and what the client made of it: plain data.
#pragma once

#include "probe/question.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::probe {

/// The names that a client offers; nothing: it sent no ALPN extension.
using Offer = std::optional<std::vector<ProtocolId>>;

/// An extension's body, or none; or why nothing of the kind can be said to this client, for people.
using AlpnAnswer = std::expected<AlpnBody, std::string_view>;

/// Where an ALPN extension stands beside its own place, which is the ServerHello in TLS 1.2 and EncryptedExtensions in
/// TLS 1.3 (RFC 8446 §4.2).
enum class Misplaced : std::uint8_t {
  nowhere,
  server_hello,         ///< of TLS 1.3
  certificate,          ///< at the leaf, in TLS 1.3
  hello_retry_request,  ///< in TLS 1.3, with a cookie, so that there is something to retry with
};

/// The one thing that the server does otherwise than others.
struct Bend {
  AlpnAnswer (*answer)(const Offer& offer) = nullptr;  ///< what stands in the extension's own place
  Misplaced misplaced = Misplaced::nowhere;            ///< and the same once more, in a place where it must not be
  bool twice = false;                                  ///< and the same once more in its own place

  friend bool operator==(const Bend&, const Bend&) = default;
};

/// What a client did when it heard that.
struct Reaction {
  /// How it ended.
  enum class End : std::uint8_t {
    waiting,       ///< it has not ended yet
    refused,       ///< a fatal alert: see `alert`
    closed,        ///< the end of the stream, or close_notify
    reset,         ///< the TCP connection was reset
    silent,        ///< nothing more came
    went_on,       ///< it sent what only a client sends that has nothing to object
    inapplicable,  ///< the server could not say the like to this client: see `text`
    incapable,     ///< the client does not offer what this server needs: see `text`
    malformed,     ///< what came is no handshake, or none of this connection: see `text`
    absent,        ///< no client came: see `text`
  };
  End end = End::waiting;
  bool heard = false;                 ///< the server has said its piece
  bool finished = false;              ///< the client's Finished came, and it was right: it took everything before
  std::optional<std::uint8_t> alert;  ///< the fatal one
  Offer offer;
  std::string text;  ///< for people
};

/// It refused, or turned its back, without having finished the handshake or sent data; a fatal alert counts behind its
/// Finished too.
[[nodiscard]] bool has_aborted(const Reaction& reaction) noexcept;

/// It took what it heard: the handshake came to its end, and no alert behind it.
[[nodiscard]] bool has_accepted(const Reaction& reaction) noexcept;

/// "alert 47 (illegal_parameter)", "goes on", …
[[nodiscard]] std::string describe(const Reaction& reaction);

}  // namespace simplon::probe
