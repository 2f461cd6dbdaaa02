// Requests of one client's connection, answered by the backends of its route.
#pragma once

#include "serve/connection.hpp"
#include "serve/http/exchange.hpp"
#include "serve/http/forwarded.hpp"
#include "tls/server_connection.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace simplon::serve::proxy {

/// Forwards each request to a backend in turn, over a connection from the shard's pool or a new one. A request that may
/// be repeated is, once, where its backend breaks off before it answers (RFC 9110 §9.2.2).
class ForwardingService final : public http::Service {
 public:
  /// `connection` has been negotiated; `route` is an `http` route's index, `selected` what was negotiated, and
  /// `certificate` the client's.
  ForwardingService(std::shared_ptr<Connection> connection, std::uint32_t route, std::optional<ProtocolIdView> selected,
                    const std::optional<tls::ClientCertificate>& certificate);

  [[nodiscard]] std::shared_ptr<http::Exchange> open() override;
  void start(std::shared_ptr<http::Exchange> exchange) override;

 private:
  class Forwarded;

  /// Whether the route that this connection got is the one for `authority`: a client may use one connection for several
  /// names of a certificate, but each must be served by its own route (RFC 9110 §7.4, §15.5.20).
  [[nodiscard]] bool serves(std::string_view authority);

  std::shared_ptr<Connection> connection_;
  std::uint32_t route_;
  const config::Http& action_;
  const net::BackendGroup& backends_;
  std::optional<ProtocolIdView> selected_;
  http::Sender client_;
  std::string known_authority_;  ///< the last one that was found to be served
};

}  // namespace simplon::serve::proxy
