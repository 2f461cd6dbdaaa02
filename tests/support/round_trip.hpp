// A TLS client of a running gateway, from its connection to its end.
#pragma once

#include "support/running_gateway.hpp"
#include "support/tls_client.hpp"

#include <memory>
#include <string>

namespace simplon::test {

/// A socket and the TLS client on it.
class GatewayClient {
 public:
  GatewayClient(const RunningGateway& gateway, const TlsClientOptions& options, int receive_buffer = 0)
      : socket(gateway.connect(receive_buffer)), tls(socket.descriptor(), options) {}

  StreamSocket socket;
  TlsClient tls;
};

/// Options of a client that names "app.example.com" and offers `names`, none where nothing is given.
inline TlsClientOptions client_options(int version, const std::optional<std::vector<std::string>>& names) {
  TlsClientOptions options;
  options.min_version = options.max_version = version;
  options.server_name = "app.example.com";
  if (names) options.alpn = alpn_wire(*names);
  return options;
}

}  // namespace simplon::test
