// A relay with TLS on the client's side, and on the backend's or not. Private to this layer.
#pragma once

#include "serve/connection.hpp"
#include "tls/client_connection.hpp"
#include "tls/server_connection.hpp"

#include <memory>

namespace simplon::serve {

/// Begins to carry bytes both ways, until both have ended; nobody need wait for that. `connection` has its backend;
/// `backend` is null where that takes plain bytes.
void relay(std::shared_ptr<Connection> connection, std::unique_ptr<tls::ServerConnection> client,
           std::unique_ptr<tls::ClientConnection> backend);

}  // namespace simplon::serve
