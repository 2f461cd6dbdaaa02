#include "load/tls_client.hpp"

#include "load/sockets.hpp"

#include <array>
#include <string_view>

#include <openssl/err.h>
#include <unistd.h>

namespace simplon::bench {

namespace {

constexpr std::array<char, 100> question{};
constexpr std::string_view offer = "\2h2\x8http/1.1";

}  // namespace

ContextOwner make_client_context(const std::string& version, bool aes_128_first) {
  ContextOwner context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (context == nullptr) give_up("SSL_CTX_new");
  const int number = version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context.get(), number);
  SSL_CTX_set_max_proto_version(context.get(), number);
  if (aes_128_first) {
    SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_cipher_list(context.get(),
                            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                            "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384");
  }
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned int>(offer.size()));
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), TlsClient::keep_session);
  return context;
}

int TlsClient::keep_session(SSL* tls, SSL_SESSION* session) {
  static_cast<TlsClient*>(SSL_get_app_data(tls))->session_.reset(session);
  return 1;
}

void TlsClient::open(SSL_CTX* context, std::uint16_t port, bool resume) {
  descriptor_ = connect_to(port);
  if (descriptor_ < 0) give_up("connect");
  asked_ = false;
  received_ = 0;
  tls_.reset(SSL_new(context));
  if (tls_ == nullptr) give_up("SSL_new");
  SSL_set_app_data(tls_.get(), this);
  SSL_set_fd(tls_.get(), descriptor_);
  SSL_set_tlsext_host_name(tls_.get(), "localhost");
  resumes_ = resume && session_ != nullptr;
  if (resumes_) SSL_set_session(tls_.get(), session_.get());
  SSL_set_connect_state(tls_.get());
}

TlsClient::State TlsClient::advance() {
  static std::array<char, 16 * 1024> buffer;
  ERR_clear_error();
  if (!asked_) {
    const int shaken = SSL_do_handshake(tls_.get());
    if (shaken != 1) return must_wait(tls_.get(), shaken) ? State::open : State::failed;
    if (resumes_ && SSL_session_reused(tls_.get()) != 1) return State::failed;
    if (SSL_write(tls_.get(), question.data(), question.size()) <= 0) return State::failed;
    asked_ = true;
  }
  while (received_ < answer_bytes) {
    const int size = SSL_read(tls_.get(), buffer.data(), buffer.size());
    if (size <= 0) return must_wait(tls_.get(), size) ? State::open : State::failed;
    received_ += static_cast<std::size_t>(size);
  }
  return State::finished;
}

void TlsClient::close() {
  if (descriptor_ < 0) return;
  // A session whose connection was not told of its end is not resumed.
  SSL_shutdown(tls_.get());
  tls_.reset();
  ::close(descriptor_);
  descriptor_ = -1;
}

bool must_wait(const SSL* tls, int result) {
  const int error = SSL_get_error(tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

}  // namespace simplon::bench
