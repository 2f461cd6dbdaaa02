#include "unit/adapters/bare_openssl.hpp"

#include "support/test_certificate.hpp"

#include <array>
#include <stdexcept>

#include <openssl/pem.h>

namespace simplon::test {

namespace {

void require(bool success) {
  if (!success) throw std::runtime_error("OpenSSL refuses");
}

using BioOwner = std::unique_ptr<BIO, FreeWith<BIO_free>>;

BioOwner open(const std::string& text) { return BioOwner(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void set_version(SSL_CTX& context, Version version) {
  const int number = version == Version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
  require(SSL_CTX_set_min_proto_version(&context, number) == 1 && SSL_CTX_set_max_proto_version(&context, number) == 1);
}

std::optional<Credentials>& used_credentials() {
  static std::optional<Credentials> used;
  return used;
}

const unsigned char* data_of(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

const Credentials& credentials() {
  if (!used_credentials()) {
    const auto made = make_test_certificate({.names = {"a.example", "b.example"}});
    use_credentials({made.chain_pem, made.key_pem});
  }
  return *used_credentials();
}

void use_credentials(Credentials others) { used_credentials() = std::move(others); }

ContextOwner make_server_context(Version version) {
  ContextOwner context(SSL_CTX_new(TLS_server_method()));
  require(context != nullptr);
  set_version(*context, version);
  const std::unique_ptr<X509, FreeWith<X509_free>> certificate(
      PEM_read_bio_X509(open(credentials().certificate).get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(open(credentials().key).get(), nullptr, nullptr, nullptr));
  require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
          SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1 &&
          SSL_CTX_set1_groups_list(context.get(), "P-256:X25519") == 1);
  return context;
}

ContextOwner make_client_context(Version version) {
  ContextOwner context(SSL_CTX_new(TLS_client_method()));
  require(context != nullptr);
  set_version(*context, version);
  return context;
}

OpenSslEnd::OpenSslEnd(SSL_CTX& context) : ssl_(SSL_new(&context)) {
  require(ssl_ != nullptr);
  SSL_set_bio(native(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_app_data(native(), this);
  SSL_set_info_callback(native(), note);
}

OpenSslEnd::~OpenSslEnd() {
  // The session of a connection that ends without a word is not resumed.
  SSL_set_shutdown(native(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void OpenSslEnd::note(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
    static_cast<OpenSslEnd*>(SSL_get_app_data(ssl))->alert_ = value & 0xff;
}

void OpenSslEnd::go_on() {
  BIO_write(SSL_get_rbio(native()), incoming.data(), static_cast<int>(incoming.size()));
  incoming.clear();
  int result = 1;
  if (handshake == Handshake::going_on) {
    result = SSL_do_handshake(native());
    if (result == 1) handshake = Handshake::done;
  }
  if (handshake == Handshake::done) {
    char nothing = 0;
    result = SSL_read(native(), &nothing, 1);
  }
  if (result <= 0 && SSL_get_error(native(), result) != SSL_ERROR_WANT_READ) handshake = Handshake::failed;
  std::array<char, 4096> piece{};
  for (int size = 0; (size = BIO_read(SSL_get_wbio(native()), piece.data(), piece.size())) > 0;)
    outgoing.append(piece.data(), static_cast<std::size_t>(size));
}

std::optional<std::string> OpenSslEnd::selected() const {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(native(), &data, &size);
  if (size == 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(data), size);
}

bool OpenSslEnd::resumed() const { return SSL_session_reused(native()) == 1; }

std::string wire_names(const std::vector<std::string>& names) {
  std::string wire;
  for (const auto& name : names)
    wire += static_cast<char>(name.size()) + name;
  return wire;
}

BareClient::BareClient(SSL_CTX& context, const BareClientOptions& options) : OpenSslEnd(context) {
  SSL_set_connect_state(native());
  const std::string names = wire_names(options.offer);
  if (!names.empty()) require(SSL_set_alpn_protos(native(), data_of(names), static_cast<unsigned>(names.size())) == 0);
  if (options.server_name) require(SSL_set_tlsext_host_name(native(), options.server_name->c_str()) == 1);
  if (options.groups) require(SSL_set1_groups_list(native(), options.groups->c_str()) == 1);
  if (options.session != nullptr) require(SSL_set_session(native(), options.session) == 1);
}

BareServer::BareServer(Version version, std::optional<std::string> fixed_answer)
    : answer(std::move(fixed_answer)), context_(make_server_context(version)) {
  const auto callback = [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char*, unsigned,
                           void* server) {
    const auto& given = static_cast<const BareServer*>(server)->answer;
    if (!given) return SSL_TLSEXT_ERR_NOACK;
    *out = data_of(*given);
    *out_size = static_cast<unsigned char>(given->size());
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb(context_.get(), callback, this);
}

std::unique_ptr<OpenSslEnd> BareServer::accept() const {
  auto end = std::make_unique<OpenSslEnd>(*context_);
  SSL_set_accept_state(end->native());
  return end;
}

}  // namespace simplon::test
