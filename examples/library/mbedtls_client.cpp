// A client that can't do without h2 or http/1.1, on Mbed TLS: mbedtls_client HOST PORT. It does not look at
// certificates.
#include <simplon/adapters/mbedtls.hpp>

#include <iostream>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>

int main(int argc, char** argv) {
  mbedtls_entropy_context entropy;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_context random;
  mbedtls_ctr_drbg_init(&random);
  mbedtls_ssl_config configuration;
  mbedtls_ssl_config_init(&configuration);
  mbedtls_ssl_context connection;
  mbedtls_ssl_init(&connection);
  mbedtls_net_context socket;
  mbedtls_net_init(&socket);
  if (argc != 3 || mbedtls_net_connect(&socket, argv[1], argv[2], MBEDTLS_NET_PROTO_TCP) != 0 ||
      mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, nullptr, 0) != 0 ||
      mbedtls_ssl_config_defaults(&configuration, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
    std::cerr << "usage: mbedtls_client HOST PORT\n";
    return 2;
  }
  mbedtls_ssl_conf_authmode(&configuration, MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_rng(&configuration, mbedtls_ctr_drbg_random, &random);

  const simplon::ProtocolIdView wants[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  const auto offer = simplon::make_offer(wants);
  if (!offer) return 3;
  const auto protocols = simplon::mbedtls::set_offer(&configuration, *offer);  // as long as the configuration
  if (!protocols) {
    std::cerr << protocols.error() << '\n';
    return 3;
  }
  mbedtls_ssl_setup(&connection, &configuration);
  mbedtls_ssl_set_bio(&connection, &socket, mbedtls_net_send, mbedtls_net_recv, nullptr);
  if (mbedtls_ssl_handshake(&connection) != 0) {
    std::cerr << "the handshake failed\n";
    return 1;
  }
  const auto protocol = simplon::require(simplon::mbedtls::check_answer(&connection));
  if (!protocol) {
    std::cerr << describe(protocol.error()) << " (" << section_of(protocol.error()) << ")\n";
    return 1;
  }
  std::cout << "goes on with " << to_text(*protocol) << '\n';  // the process ends, and what it took with it
}
