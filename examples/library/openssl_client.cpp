// A client that can't do without h2 or http/1.1, on OpenSSL: openssl_client HOST:PORT.
#include <simplon/adapters/openssl.hpp>

#include <iostream>
#include <memory>

#include <openssl/bio.h>

int main(int argc, char** argv) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> stream(BIO_new_ssl_connect(context.get()), BIO_free_all);
  SSL* connection = nullptr;
  BIO_get_ssl(stream.get(), &connection);
  if (argc != 2 || connection == nullptr) {
    std::cerr << "usage: openssl_client HOST:PORT\n";
    return 2;
  }
  BIO_set_conn_hostname(stream.get(), argv[1]);

  const simplon::ProtocolIdView wants[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  const auto offer = simplon::make_offer(wants);
  if (!offer) return 3;
  simplon::openssl::set_offer(connection, *offer);
  if (BIO_do_connect(stream.get()) != 1 || BIO_do_handshake(stream.get()) != 1) {
    std::cerr << "the handshake failed\n";
    return 1;
  }
  const auto protocol = simplon::require(simplon::openssl::check_answer(connection));
  if (!protocol) {
    std::cerr << describe(protocol.error()) << " (" << section_of(protocol.error()) << ")\n";
    return 1;
  }
  std::cout << "goes on with " << to_text(*protocol) << '\n';
}
