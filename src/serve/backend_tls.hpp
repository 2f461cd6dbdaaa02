// TLS towards a backend. Private to this layer.
#pragma once

#include "serve/connection.hpp"
#include "tls/client_connection.hpp"

#include <chrono>
#include <optional>

namespace simplon::serve {

/// A connection to `backend`, over the socket that `connection` has, that offers `offer`. Asks for the name that the
/// route gives; else for the host name that the configuration calls the backend by; else for the client's.
[[nodiscard]] tls::ClientConnection make_backend_tls(Connection& connection, const Choice& choice,
                                                     const net::Backend& backend, std::optional<ProtocolListView> offer,
                                                     bool answer_required);

/// Finishes the handshake with the backend before `connection` is as old as `limit`. False when it failed; that is
/// noted.
[[nodiscard]] net::Task<bool> shake_hands_with_backend(Connection& connection, tls::ClientConnection& tls,
                                                       std::chrono::microseconds limit);

}  // namespace simplon::serve
