#include "support/tls_backend.hpp"

#include <array>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stdexcept>

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace simplon::test {

namespace {

struct Hearing {
  const TlsBackendOptions* options;
  Heard heard;
  std::string answer;
};

std::vector<std::string> names_in(const unsigned char* wire, unsigned size) {
  std::vector<std::string> names;
  for (unsigned at = 0; at < size; at += 1U + wire[at])
    names.emplace_back(reinterpret_cast<const char*>(wire + at + 1), wire[at]);
  return names;
}

int select(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
           void* /*unused*/) {
  Hearing& hearing = *static_cast<Hearing*>(SSL_get_app_data(ssl));
  hearing.heard.offered = names_in(in, in_size);
  if (hearing.options->refuses) return SSL_TLSEXT_ERR_ALERT_FATAL;
  std::optional<std::string> answer = hearing.heard.offered->front();
  if (hearing.options->select) answer = hearing.options->select(*hearing.heard.offered);
  if (!answer) return SSL_TLSEXT_ERR_NOACK;
  hearing.answer = *answer;
  *out = reinterpret_cast<const unsigned char*>(hearing.answer.data());
  *out_size = static_cast<unsigned char>(hearing.answer.size());
  return SSL_TLSEXT_ERR_OK;
}

std::string common_name_of(X509* certificate) {
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
  return name.data();
}

void use_pem(SSL_CTX& context, const TestCertificate& certificate) {
  BIO* chain = BIO_new_mem_buf(certificate.chain_pem.data(), static_cast<int>(certificate.chain_pem.size()));
  BIO* key = BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
  const bool used = SSL_CTX_use_certificate(&context, leaf) == 1 && SSL_CTX_use_PrivateKey(&context, secret) == 1;
  X509_free(leaf);
  EVP_PKEY_free(secret);
  BIO_free(chain);
  BIO_free(key);
  if (!used) throw std::runtime_error("the backend's certificate is of no use");
}

void make_blocking(int socket) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
  const timeval limit{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(patience).count(), .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

}  // namespace

struct TlsBackend::State {
  explicit State(TlsBackendOptions wanted) : options(std::move(wanted)), context(SSL_CTX_new(TLS_server_method())) {
    use_pem(*context, options.certificate);
    SSL_CTX_set_max_proto_version(context, options.max_version);
    SSL_CTX_set_alpn_select_cb(context, select, nullptr);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
    if (options.wants_certificate) {
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    }
    backend = std::make_unique<TestBackend>([this](StreamSocket& stream) { serve(stream); });
  }
  ~State() {
    backend.reset();
    SSL_CTX_free(context);
  }

  void serve(StreamSocket& stream) {
    make_blocking(stream.descriptor());
    Hearing hearing{.options = &options, .heard = {}, .answer = {}};
    SSL* ssl = SSL_new(context);
    SSL_set_app_data(ssl, &hearing);
    SSL_set_fd(ssl, stream.descriptor());
    if (SSL_accept(ssl) == 1) {
      converse(*ssl, hearing.heard);
      const std::scoped_lock lock(mutex);
      ended.push_back(std::move(hearing.heard));
      changed.notify_all();
    }
    SSL_free(ssl);
  }

  void converse(SSL& ssl, Heard& heard) const {
    heard.resumed = SSL_session_reused(&ssl) == 1;
    if (const char* name = SSL_get_servername(&ssl, TLSEXT_NAMETYPE_host_name)) heard.server_name = name;
    if (X509* shown = SSL_get_peer_certificate(&ssl)) {
      heard.client = common_name_of(shown);
      X509_free(shown);
    }
    SSL_write(&ssl, "hi", 2);
    std::array<char, 16384> buffer{};
    for (int size = SSL_read(&ssl, buffer.data(), buffer.size()); size > 0;
         size = SSL_read(&ssl, buffer.data(), buffer.size())) {
      heard.said.append(buffer.data(), static_cast<std::size_t>(size));
      SSL_write(&ssl, buffer.data(), size);
    }
    heard.close_notify = (SSL_get_shutdown(&ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    if (!options.ends_without_notice) SSL_shutdown(&ssl);
  }

  TlsBackendOptions options;
  SSL_CTX* context;
  std::mutex mutex;
  std::condition_variable changed;
  std::list<Heard> ended;
  std::unique_ptr<TestBackend> backend;
};

TlsBackend::TlsBackend(TlsBackendOptions options) : state_(std::make_unique<State>(std::move(options))) {}
TlsBackend::~TlsBackend() = default;

const std::string& TlsBackend::address() const noexcept { return state_->backend->address(); }
std::uint16_t TlsBackend::port() const noexcept { return state_->backend->port(); }
std::size_t TlsBackend::dialled() { return state_->backend->dialled(); }

Heard TlsBackend::next(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  if (!state_->changed.wait_for(lock, limit, [&] { return !state_->ended.empty(); })) {
    throw std::runtime_error("no connection of the TLS backend has ended");
  }
  Heard heard = std::move(state_->ended.front());
  state_->ended.pop_front();
  return heard;
}

}  // namespace simplon::test
