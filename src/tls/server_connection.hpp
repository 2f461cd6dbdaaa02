// The server's end of a TLS connection: what was decided is what the client is answered.
#pragma once

#include "simplon/alpn/protocol_list.hpp"
#include "tls/connection.hpp"
#include "tls/context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::tls {

/// What was decided from the peeked ClientHello. The connection copies what it needs.
struct Decided {
  /// What the client is answered; nothing: the handshake completes without an ALPN answer.
  std::optional<ProtocolIdView> selected;
  /// The client's list; nothing where it sent no ALPN extension. What the library reads must equal it byte for byte.
  std::optional<ProtocolListView> offer;
  /// The host_name as the client sent it, whatever it is; nothing where it sent none. What the library reads must equal
  /// it, but for the case of letters and one trailing dot.
  std::optional<std::string_view> server_name;
  /// What the route demands, where that is more than the context's own minimum.
  route::TlsVersion min_version = route::TlsVersion::none;
};

/// Who a client is, by a certificate that was verified.
struct ClientCertificate {
  std::string common_name;     ///< of its subject, in UTF-8 and of any bytes; empty where it has none
  std::vector<std::byte> der;  ///< the whole certificate
};

/// A client's connection. The handshake is done only when what was negotiated is what was decided.
class ServerConnection : public Connection {
 public:
  /// `taken` has been read from `socket`, and goes before what the socket holds still; together they begin with the
  /// whole ClientHello that the decision was made on. Throws std::bad_alloc where memory is out.
  ServerConnection(Context context, int socket, const Decided& decided, std::vector<std::byte> taken = {});

  /// Once the handshake is done: the client's certificate, where the context demands one. In a resumed session it is
  /// the one that the session began with.
  [[nodiscard]] std::optional<ClientCertificate> client_certificate() const;
  /// The handshake failed because the client has no certificate, or not one that is trusted.
  [[nodiscard]] bool certificate_refused() const noexcept;
};

}  // namespace simplon::tls
