#include "support/tls_client.hpp"

#include "simplon/alpn/bytes.hpp"
#include "support/socket_pair.hpp"
#include "support/tls_library.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace simplon::test {

struct TlsClient::State {
  TlsClientOptions options;
  int socket = -1;
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
  std::string unsent;  // what the library wrote and the socket did not take yet
  std::optional<Answer> answer;
  std::optional<std::uint8_t> alert;
  Session session;
  int tickets = 0;
  int hello_retries = 0;
  std::vector<std::string> authorities;
  std::string error;

  void make_context();
  void make_connection();
  void set_algorithms();
  void set_extensions();
  void set_certificate();
  void observe(int type, Bytes bytes);
  void note_authorities();
  Progress run(const std::function<int()>& call);
  Progress flush();
  Progress receive();
  Progress fail(std::string why);
};

namespace {

constexpr std::uint16_t alpn_extension = 16;

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(what);
}

// The first bytes of SHA-256("HelloRetryRequest"), which stands for the server's random there (RFC 8446 §4.1.3).
constexpr std::array<unsigned char, 8> retry_random{0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11};

bool is_hello_retry(Bytes server_hello) {
  return server_hello.size() > 2 + retry_random.size() &&
         std::memcmp(server_hello.data() + 2, retry_random.data(), retry_random.size()) == 0;
}

// The body of the ALPN extension in a list of extensions.
std::optional<std::string> find_alpn(Bytes extensions) {
  ByteReader reader(extensions);
  while (const auto type = reader.read_u16()) {
    const auto body = reader.read_vector_u16();
    if (!body) return std::nullopt;
    if (*type == alpn_extension) return std::string(as_text(*body));
  }
  return std::nullopt;
}

// ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3), without the message's header.
std::optional<std::string> alpn_of_server_hello(Bytes body) {
  ByteReader reader(body);
  if (!reader.read(2 + 32) || !reader.read_vector_u8() || !reader.read(2 + 1)) return std::nullopt;
  const auto extensions = reader.read_vector_u16();
  return extensions ? find_alpn(*extensions) : std::nullopt;
}

// EncryptedExtensions (RFC 8446 §4.3.1), without the message's header.
std::optional<std::string> alpn_of_encrypted_extensions(Bytes body) {
  const auto extensions = ByteReader(body).read_vector_u16();
  return extensions ? find_alpn(*extensions) : std::nullopt;
}

std::chrono::steady_clock::time_point deadline_in(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

// Waits for what `progress` wants; false past the deadline.
bool wait_for(int socket, Progress progress, std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const int milliseconds = left.count() > 0 ? static_cast<int>(left.count()) : 0;
  return progress == Progress::want_read ? wait_readable(socket, milliseconds) : wait_writable(socket, milliseconds);
}

}  // namespace

std::string alpn_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (const auto& name : names) {
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

bool set_alpn(SSL& ssl, const std::string& wire) {
  // 0 is success here, unlike everywhere else in the library.
  return SSL_set_alpn_protos(&ssl, reinterpret_cast<const unsigned char*>(wire.data()),
                             static_cast<unsigned>(wire.size())) == 0;
}

Progress TlsClient::State::fail(std::string why) {
  if (error.empty()) error = std::move(why);
  return Progress::failed;
}

Progress TlsClient::State::flush() {
  std::array<char, 16384> buffer;
  for (int size = 0; (size = BIO_read(SSL_get_wbio(ssl), buffer.data(), buffer.size())) > 0;) {
    unsent.append(buffer.data(), static_cast<std::size_t>(size));
  }
  while (!unsent.empty()) {
    const ssize_t sent = ::send(socket, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::want_write;
    if (sent < 0) {
      const int reason = errno;
      unsent.clear();
      return fail(std::strerror(reason));
    }
    unsent.erase(0, static_cast<std::size_t>(sent));
  }
  return Progress::done;
}

Progress TlsClient::State::receive() {
  std::array<char, 16384> buffer;
  const ssize_t received = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (received > 0) {
    BIO_write(SSL_get_rbio(ssl), buffer.data(), static_cast<int>(received));
    return Progress::done;
  }
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::want_read;
  if (received < 0) return fail(std::strerror(errno));
  return Progress::closed;
}

// Runs `call` until it is done or the socket has to be waited for.
Progress TlsClient::State::run(const std::function<int()>& call) {
  while (true) {
    ERR_clear_error();
    const int result = call();
    const int status = SSL_get_error(ssl, result);
    const unsigned long reason = ERR_peek_error();
    const Progress flushed = flush();
    if (result > 0) return flushed == Progress::want_write ? Progress::want_write : Progress::done;
    if (status == SSL_ERROR_ZERO_RETURN) return Progress::closed;
    if (status != SSL_ERROR_WANT_READ) {
      const char* text = ERR_reason_error_string(reason);
      return fail(text != nullptr ? text : "the TLS library gave no reason");
    }
    // What could not be sent does not keep us from reading: the alert that came before the reset, or the bytes for
    // which the peer waits to get rid of before it takes more.
    const Progress received = receive();
    if (received == Progress::want_read && flushed == Progress::want_write) return Progress::want_write;
    if (received != Progress::done) return received;
  }
}

TlsClient::TlsClient(int socket, const TlsClientOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  state_->socket = socket;
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  state_->make_context();
  state_->make_connection();
  state_->set_algorithms();
  state_->set_extensions();
  state_->set_certificate();
}

void TlsClient::State::make_context() {
  context = SSL_CTX_new(TLS_client_method());
  require(context != nullptr, "SSL_CTX_new");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  // When it is asked for a certificate: some libraries forget the authorities once the handshake is over.
  SSL_CTX_set_cert_cb(
      context,
      [](SSL* at, void*) {
        static_cast<State*>(SSL_get_app_data(at))->note_authorities();
        return 1;
      },
      nullptr);
  SSL_CTX_sess_set_new_cb(context, [](SSL* at, SSL_SESSION* made) {
    auto& self = *static_cast<State*>(SSL_get_app_data(at));
    self.session = keep(made);
    ++self.tickets;
    return 0;
  });
  if (!options.trust_pem) return;
  BIO* bio = BIO_new_mem_buf(options.trust_pem->data(), static_cast<int>(options.trust_pem->size()));
  X509* trusted = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  // Whatever it says of its own use: it is trusted as it is.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  const int added = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), trusted);
  X509_free(trusted);
  BIO_free(bio);
  require(added == 1, "trust_pem");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void TlsClient::State::make_connection() {
  ssl = SSL_new(context);
  require(ssl != nullptr, "SSL_new");
  SSL_set_app_data(ssl, this);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl);
  SSL_set_msg_callback(ssl, [](int sent, int, int type, const void* data, std::size_t size, SSL* at, void*) {
    if (sent == 0)
      static_cast<State*>(SSL_get_app_data(at))->observe(type, {static_cast<const std::byte*>(data), size});
  });
}

void TlsClient::State::observe(int type, Bytes bytes) {
  if (type == SSL3_RT_ALERT && bytes.size() == 2 && bytes[1] != std::byte{SSL3_AD_CLOSE_NOTIFY}) {
    alert = std::to_integer<std::uint8_t>(bytes[1]);
  }
  if (type != SSL3_RT_HANDSHAKE || bytes.size() < 4) return;
  const Bytes body = bytes.subspan(4);
  if (bytes[0] == std::byte{SSL3_MT_SERVER_HELLO}) {
    if (is_hello_retry(body)) ++hello_retries;
    if (const auto found = alpn_of_server_hello(body)) answer = Answer{Answer::Message::server_hello, *found};
    if (options.on_server_hello) options.on_server_hello(*ssl);
  }
  if (bytes[0] == std::byte{SSL3_MT_ENCRYPTED_EXTENSIONS}) {
    const auto found = alpn_of_encrypted_extensions(body);
    if (found) answer = Answer{Answer::Message::encrypted_extensions, *found};
  }
}

void TlsClient::State::note_authorities() {
  authorities.clear();
  const STACK_OF(X509_NAME)* const list = SSL_get_client_CA_list(ssl);
  for (int i = 0; i < static_cast<int>(sk_X509_NAME_num(list)); ++i) {
    std::array<char, 128> name{};
    X509_NAME_get_text_by_NID(sk_X509_NAME_value(list, i), NID_commonName, name.data(), name.size());
    authorities.emplace_back(name.data());
  }
}

void TlsClient::State::set_algorithms() {
  require(SSL_set_min_proto_version(ssl, options.min_version) == 1, "min_version");
  require(SSL_set_max_proto_version(ssl, options.max_version) == 1, "max_version");
  if (options.signature_algorithms) {
    require(SSL_set1_sigalgs_list(ssl, options.signature_algorithms->c_str()) == 1, "signature_algorithms");
  }
  if (options.groups) require(SSL_set1_curves_list(ssl, options.groups->c_str()) == 1, "groups");
  if (options.ciphers_1_2) require(SSL_set_cipher_list(ssl, options.ciphers_1_2->c_str()) == 1, "ciphers_1_2");
  if (options.ciphers_1_3) require(set_tls_1_3_suites(*ssl, options.ciphers_1_3->c_str()), "ciphers_1_3");
}

void TlsClient::State::set_extensions() {
  if (options.alpn) require(set_alpn(*ssl, *options.alpn), "alpn");
  if (options.server_name) require(SSL_set_tlsext_host_name(ssl, options.server_name->c_str()) == 1, "server_name");
  if (options.session) require(SSL_set_session(ssl, options.session.get()) == 1, "session");
  if (!options.verify_name) return;
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl);
  const char* name = options.verify_name->c_str();
  in6_addr address{};
  const bool is_address = inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
  require((is_address ? X509_VERIFY_PARAM_set1_ip_asc(verify, name)
                      : X509_VERIFY_PARAM_set1_host(verify, name, options.verify_name->size())) == 1,
          "verify_name");
}

void TlsClient::State::set_certificate() {
  if (!options.certificate) return;
  const std::string& chain = options.certificate->chain_pem;
  const std::string& secret = options.certificate->key_pem;
  BIO* bio = BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size()));
  X509* leaf = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  bio = BIO_new_mem_buf(secret.data(), static_cast<int>(secret.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  const bool used = SSL_use_certificate(ssl, leaf) == 1 && SSL_use_PrivateKey(ssl, key) == 1;
  X509_free(leaf);
  EVP_PKEY_free(key);
  require(used, "certificate");
}

TlsClient::~TlsClient() {
  SSL_free(state_->ssl);
  SSL_CTX_free(state_->context);
}

Progress TlsClient::step_handshake() {
  return state_->run([this] { return SSL_do_handshake(state_->ssl); });
}

Progress TlsClient::step_read(std::string& text) {
  std::array<char, 16384> buffer;
  int size = 0;
  const Progress progress = state_->run([&] { return size = SSL_read(state_->ssl, buffer.data(), buffer.size()); });
  if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 ? Progress::done : progress;
}

Progress TlsClient::step_write(std::string& text) {
  if (text.empty()) return state_->flush();
  int size = 0;
  const Progress progress =
      state_->run([&] { return size = SSL_write(state_->ssl, text.data(), static_cast<int>(text.size())); });
  if (size > 0) text.erase(0, static_cast<std::size_t>(size));
  return progress;
}

bool TlsClient::handshake(int milliseconds) {
  const auto deadline = deadline_in(milliseconds);
  while (true) {
    const Progress progress = step_handshake();
    if (progress == Progress::done) return true;
    if (progress == Progress::closed || progress == Progress::failed) return false;
    if (!wait_for(state_->socket, progress, deadline)) return state_->fail("timeout") == Progress::done;
  }
}

std::string TlsClient::read(std::size_t size, int milliseconds) {
  const auto deadline = deadline_in(milliseconds);
  std::string text;
  while (text.size() < size) {
    const Progress progress = step_read(text);
    if (progress == Progress::done) continue;
    if (progress == Progress::closed || progress == Progress::failed) break;
    if (!wait_for(state_->socket, progress, deadline)) break;
  }
  return text;
}

bool TlsClient::write(std::string text, int milliseconds) {
  const auto deadline = deadline_in(milliseconds);
  while (true) {
    const Progress progress = step_write(text);
    if (progress == Progress::done && text.empty()) return true;
    if (progress == Progress::done) continue;
    if (progress == Progress::closed || progress == Progress::failed) return false;
    if (!wait_for(state_->socket, progress, deadline)) return false;
  }
}

void TlsClient::shutdown() {
  ERR_clear_error();
  SSL_shutdown(state_->ssl);
  state_->flush();
}

const std::optional<TlsClient::Answer>& TlsClient::answer() const { return state_->answer; }

std::optional<std::string> TlsClient::selected() const {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl, &data, &size);
  return size == 0 ? std::nullopt : std::optional(std::string(reinterpret_cast<const char*>(data), size));
}

std::string TlsClient::version() const { return SSL_version(state_->ssl) == TLS1_3_VERSION ? "1.3" : "1.2"; }
std::string TlsClient::cipher() const { return SSL_get_cipher_name(state_->ssl); }
bool TlsClient::resumed() const { return SSL_session_reused(state_->ssl) == 1; }
std::optional<std::uint8_t> TlsClient::alert_received() const { return state_->alert; }

bool TlsClient::close_notify_received() const {
  return (SSL_get_shutdown(state_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0 && !state_->alert;
}

std::vector<std::string> TlsClient::peer_names() const {
  std::vector<std::string> names;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get_peer_certificate(state_->ssl), X509_free);
  if (!certificate) return names;
  auto* found =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < static_cast<int>(sk_GENERAL_NAME_num(found)); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found, i);
    if (name->type != GEN_DNS) continue;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(found);
  return names;
}

std::string TlsClient::peer_key_type() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get_peer_certificate(state_->ssl), X509_free);
  if (!certificate) return "";
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(X509_get_pubkey(certificate.get()), EVP_PKEY_free);
  switch (key ? EVP_PKEY_id(key.get()) : EVP_PKEY_NONE) {
    case EVP_PKEY_EC:
      return "EC";
    case EVP_PKEY_RSA:
      return "RSA";
    case EVP_PKEY_ED25519:
      return "ED25519";
    default:
      return "";
  }
}

bool TlsClient::verified() const { return SSL_get_verify_result(state_->ssl) == X509_V_OK; }
Session TlsClient::session() const {
  // In a resumed TLS 1.2 session the library does not say that the ticket is a new one.
  if (SSL_version(state_->ssl) == TLS1_2_VERSION && resumed()) {
    return keep(SSL_get0_session(state_->ssl));
  }
  return state_->session;
}
int TlsClient::tickets() const { return state_->tickets; }
std::vector<std::string> TlsClient::authorities() const { return state_->authorities; }

int TlsClient::hello_retries() const { return state_->hello_retries; }
std::string TlsClient::error() const { return state_->error; }

}  // namespace simplon::test
