// The inside of a ServerConnection, and what the library's callbacks do to it. For the sources of this layer only.
#pragma once

#include "tls/connection.hpp"
#include "tls/native.hpp"
#include "tls/socket_bio.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace simplon::tls {

struct ServerConnection::State {
  enum class Phase : std::uint8_t { handshake, open, dead };

  SocketEnd end;
  SslOwner ssl;  ///< after `end`, which its BIO uses to the last
  Phase phase = Phase::handshake;
  bool ended = false;         ///< dead because the client's stream ended, not because something failed
  bool close_notify = false;  ///< the client sent it

  // What was decided.
  std::optional<ProtocolId> selected;
  std::optional<ProtocolList> offer;
  std::optional<std::string> server_name;

  // What the library reports: ClientHellos that came, and offers in them that equal the decided one.
  unsigned hellos = 0;
  unsigned equal_offers = 0;
  bool hello_unchecked = false;  ///< nothing was sent yet since the last ClientHello
  bool changed = false;          ///< something differs from what was decided

  std::optional<std::uint8_t> alert_sent;
  std::optional<std::uint8_t> alert_received;
  std::string error;

  /// The ClientHello that the library has just read is, for all that it reports, the one that was decided on.
  [[nodiscard]] bool hello_is_decided() const noexcept;
  /// Judges the finished handshake: `done`, or `failed` where it is not what was decided.
  Step finish_handshake();
  /// What the library's `result` of a step that was not done means.
  Step classify(int result);
  /// Ends the connection because the client has gone.
  Step end_with_client();
  /// Ends the connection for this reason.
  Step fail(std::string why);
};

/// The SocketEnd's `may_write`: holds the answer back, and sends illegal_parameter instead, where a ClientHello turned
/// out to be another than was decided on.
[[nodiscard]] bool hello_gate(void* state, Bytes record);

/// What the library says was selected.
[[nodiscard]] std::optional<ProtocolIdView> selected_of(const SSL& ssl) noexcept;

}  // namespace simplon::tls
