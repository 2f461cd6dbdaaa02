#include "by_hand.hpp"
#include "overhead.hpp"
#include "simplon/adapters/openssl.hpp"
#include "unit/hello/samples.hpp"

#include <memory>
#include <stdexcept>

namespace simplon {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

void require_success(bool success) {
  if (!success) throw std::runtime_error("OpenSSL refuses");
}

Context make_context(const SSL_METHOD* method, int version) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  require_success(context && SSL_CTX_set_min_proto_version(context.get(), version) == 1 &&
                  SSL_CTX_set_max_proto_version(context.get(), version) == 1);
  return context;
}

Context make_server(Alpn alpn, int version) {
  Context context = make_context(TLS_server_method(), version);
  require_success(SSL_CTX_use_certificate_chain_file(context.get(), credentials().chain.c_str()) == 1 &&
                  SSL_CTX_use_PrivateKey_file(context.get(), credentials().key.c_str(), SSL_FILETYPE_PEM) == 1);
  if (alpn == Alpn::adapter_on_server) {
    const ProtocolIdView ours[] = {protocol::h2, protocol::http_1_1};
    openssl::set_policy(context.get(), std::make_shared<const Policy>(Preferences::from(ours).value()));
  } else if (alpn != Alpn::none) {
    SSL_CTX_set_alpn_select_cb(context.get(), by_hand::answer_offer, nullptr);
  }
  return context;
}

Context make_client(Alpn alpn, int version) {
  Context context = make_context(TLS_client_method(), version);
  if (alpn == Alpn::adapter_on_client) {
    openssl::set_offer(context.get(), test::list_of({"h2", "http/1.1"}));
  } else if (alpn != Alpn::none) {
    require_success(by_hand::offer(context.get()));
  }
  return context;
}

bool answer_is_right(Alpn alpn, const SSL* client) {
  if (alpn == Alpn::none) return true;
  if (alpn == Alpn::adapter_on_client) return require(openssl::check_answer(client)).has_value();
  return by_hand::check_answer(client);
}

bool shake_hands(Alpn alpn, SSL_CTX* server_context, SSL_CTX* client_context) {
  const Connection server(SSL_new(server_context), SSL_free);
  const Connection client(SSL_new(client_context), SSL_free);
  BIO* servers = nullptr;
  BIO* clients = nullptr;
  require_success(BIO_new_bio_pair(&servers, 0, &clients, 0) == 1);
  SSL_set_bio(server.get(), servers, servers);
  SSL_set_bio(client.get(), clients, clients);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  int ended = 0;
  for (int round = 0; round < 4 && ended < 2; ++round)
    ended = (SSL_do_handshake(client.get()) == 1 ? 1 : 0) + (SSL_do_handshake(server.get()) == 1 ? 1 : 0);
  return ended == 2 && answer_is_right(alpn, client.get());
}

template <Alpn alpn, int version>
bool run(long count) {
  const Context server = make_server(alpn, version);
  const Context client = make_client(alpn, version);
  bool right = true;
  for (long i = 0; i < count; ++i)
    right = shake_hands(alpn, server.get(), client.get()) && right;
  return right;
}

constexpr Operation operations[] = {
    {"openssl-1.3-none", run<Alpn::none, TLS1_3_VERSION>},
    {"openssl-1.3-by-hand", run<Alpn::by_hand, TLS1_3_VERSION>},
    {"openssl-1.3-server", run<Alpn::adapter_on_server, TLS1_3_VERSION>},
    {"openssl-1.3-client", run<Alpn::adapter_on_client, TLS1_3_VERSION>},
    {"openssl-1.2-none", run<Alpn::none, TLS1_2_VERSION>},
    {"openssl-1.2-by-hand", run<Alpn::by_hand, TLS1_2_VERSION>},
    {"openssl-1.2-server", run<Alpn::adapter_on_server, TLS1_2_VERSION>},
    {"openssl-1.2-client", run<Alpn::adapter_on_client, TLS1_2_VERSION>},
};

}  // namespace

std::span<const Operation> openssl_handshakes() { return operations; }

}  // namespace simplon
