// A server of h2 and http/1.1 on OpenSSL: openssl_server PEM, with its certificate and key; one connection, on standard
// input, as inetd starts it.
#include <simplon/adapters/openssl.hpp>

#include <iostream>
#include <memory>

int main(int argc, char** argv) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (argc != 2 || SSL_CTX_use_certificate_chain_file(context.get(), argv[1]) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), argv[1], SSL_FILETYPE_PEM) != 1) {
    std::cerr << "usage: openssl_server PEM\n";
    return 2;
  }

  const simplon::ProtocolIdView speaks[] = {simplon::protocol::h2, simplon::protocol::http_1_1};
  auto preferences = simplon::Preferences::from(speaks);
  if (!preferences) return 3;
  auto policy = std::make_shared<const simplon::Policy>(std::move(*preferences));
  simplon::openssl::set_policy(context.get(), std::move(policy));

  const std::unique_ptr<SSL, decltype(&SSL_free)> connection(SSL_new(context.get()), SSL_free);
  SSL_set_fd(connection.get(), 0);
  if (SSL_accept(connection.get()) != 1) {
    std::cerr << "the handshake failed\n";
    return 1;
  }
  const auto protocol = simplon::openssl::selected(connection.get());
  const std::string text = protocol ? to_text(*protocol) : "no protocol";
  SSL_write(connection.get(), text.data(), static_cast<int>(text.size()));
  SSL_shutdown(connection.get());
}
