// The client's end of a TLS connection: towards a backend.
#pragma once

#include "simplon/alpn/protocol_list.hpp"
#include "tls/client_context.hpp"
#include "tls/connection.hpp"

#include <string>

namespace simplon::tls {

/// What a client says and accepts. The connection copies what it needs.
struct Greeting {
  /// What is offered; nothing: no ALPN extension.
  std::optional<ProtocolListView> offer;
  /// A server that selects nothing of the offer is refused. One that selects what was not offered always is
  /// (RFC 7301 §3.1).
  bool answer_required = false;
  /// The host name that is asked for (RFC 6066 §3) and that the certificate must be for; nothing: none is asked for.
  std::optional<std::string> server_name;
  /// An IP address that the certificate must be for; where there is no name.
  std::optional<std::string> ip;
  /// Whom the connection is with: sessions are resumed between connections of one text, name and offer.
  std::string peer;
};

/// A connection to a backend. Where the context verifies, one with neither name nor IP address to verify fails.
class ClientConnection : public Connection {
 public:
  /// Throws std::bad_alloc where memory is out.
  ClientConnection(const ClientContext& context, int socket, const Greeting& greeting);

  /// The handshake failed because the certificate is not trusted, or not for the name.
  [[nodiscard]] bool certificate_refused() const noexcept;
};

}  // namespace simplon::tls
