// HTTP with a client whose TLS ends here, from the handshake to the close. Private to this layer.
#pragma once

#include "serve/connection.hpp"
#include "serve/http/exchange.hpp"
#include "tls/server_connection.hpp"

#include <functional>
#include <memory>

namespace simplon::serve {

/// Makes the service once the handshake is done.
using MakeService = std::function<std::unique_ptr<http::Service>(const tls::ServerConnection& tls)>;

/// Ends TLS and speaks the protocol that was selected, HTTP/1.1 where none was (RFC 7301 §3.2); `make_service` answers.
[[nodiscard]] net::Task<void> speak_http(std::shared_ptr<Connection> connection, std::unique_ptr<Choice> choice,
                                         MakeService make_service);

/// HTTP/1.1 without TLS.
[[nodiscard]] net::Task<void> speak_plain_http(std::shared_ptr<Connection> connection,
                                               std::unique_ptr<http::Service> service);

}  // namespace simplon::serve
