// The PROXY header that a client's stream begins with, and the one that a backend's does. Private to this layer.
#pragma once

#include "serve/connection.hpp"
#include "tls/server_connection.hpp"

namespace simplon::serve {

/// Whether every connection of this one's listener begins with a header.
[[nodiscard]] bool expects_proxy_header(const Connection& connection) noexcept;

/// Takes the header off the client's stream, to its last byte and no further, and believes what it says of the client.
/// False when the connection is to be closed; why is noted. `deadline` is the one that aborts the client.
[[nodiscard]] net::Task<bool> take_proxy_header(Connection& connection, const net::Deadline& deadline);

/// Sends the header that the route asks for, if it does, to the backend that was just reached, before anything else.
/// `client` is the connection whose handshake is done, and what it negotiated is told; null where nothing has been
/// negotiated. False when that failed; it is noted.
[[nodiscard]] net::Task<bool> send_proxy_header(Connection& connection, const Choice& choice,
                                                const tls::ServerConnection* client);

}  // namespace simplon::serve
