#include "probe/full_client.hpp"

#include "tls/native.hpp"
#include "tls/socket_bio.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <new>
#include <utility>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace simplon::probe {

namespace {

void require(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&broken_down)));
}

std::string text_of(const X509_NAME& name) {
  std::array<char, 256> text{};
  if (X509_NAME_get_text_by_NID(&name, NID_commonName, text.data(), text.size()) < 0) {
    X509_NAME_get_text_by_NID(&name, NID_organizationName, text.data(), text.size());
  }
  return text.data();
}

std::string name_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
            static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName))};
  }
  if (name.type != GEN_IPADD) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(name.d.iPAddress) == 4 ? AF_INET : AF_INET6;
  const char* const written = ::inet_ntop(family, ASN1_STRING_get0_data(name.d.iPAddress), text.data(), text.size());
  return written != nullptr ? written : "";
}

std::vector<std::string> names_of(const X509& certificate) {
  std::vector<std::string> names;
  const tls::GeneralNamesOwner alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    std::string name = name_of(*sk_GENERAL_NAME_value(alternatives.get(), i));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

TrustStore read_trust_store(const std::string& more) {
  TrustStore store(X509_STORE_new(), X509_STORE_free);
  require(store != nullptr);
  // Whoever lacks either sees it in the verdicts on certificates.
  X509_STORE_set_default_paths(store.get());
  if (!more.empty()) X509_STORE_load_locations(store.get(), more.c_str(), nullptr);
  ERR_clear_error();
  return store;
}

struct FullClient::State {
  explicit State(Line dialled) : line(std::move(dialled)) {}

  Line line;
  tls::SocketEnd end;
  std::chrono::milliseconds timeout{};
  tls::SslContextOwner context;
  tls::SslOwner ssl;  ///< after `end`, which its BIO uses to the last
  Session session;    ///< the last that the server gave a ticket for

  std::vector<CertificateProblem> problems;

  void prepare(const Greeting& greeting, const net::Endpoint& address);
  /// Called by the library for every step of a verification.
  static int note_problem(int good, X509_STORE_CTX* verification);
  /// Before each call of the library that may use the socket.
  void begin_step() {
    end.drained = false;
    ERR_clear_error();
  }
};

void FullClient::State::prepare(const Greeting& greeting, const net::Endpoint& address) {
  context.reset(SSL_CTX_new(TLS_client_method()));
  require(context != nullptr && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1);
  if (greeting.trusted) require(SSL_CTX_set1_verify_cert_store(context.get(), greeting.trusted.get()) == 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), [](SSL* at, SSL_SESSION* made) {
    // A copy: the library makes its own useless when the connection ends without close_notify.
    static_cast<State*>(SSL_get_app_data(at))->session = Session(SSL_SESSION_dup(made), SSL_SESSION_free);
    return 0;
  });
  ssl.reset(SSL_new(context.get()));
  require(ssl != nullptr);
  end.socket = line.descriptor();
  BIO* const bio = tls::make_socket_bio(end).release();
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_app_data(ssl.get(), this);
  SSL_set_connect_state(ssl.get());
  if (greeting.version != 0) {
    SSL_set_min_proto_version(ssl.get(), greeting.version);
    SSL_set_max_proto_version(ssl.get(), greeting.version);
  }
  if (greeting.server_name) {
    require(SSL_set_tlsext_host_name(ssl.get(), greeting.server_name->c_str()) == 1);
    require(SSL_set1_host(ssl.get(), greeting.server_name->c_str()) == 1);
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), address.address_text().c_str());
  }
  // RFC 9525 §6: browsers look at no common name, and not for a wildcard beside letters.
  X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl.get()),
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // The verdict is wanted, all of it, and the handshake goes on whatever it is.
  SSL_set_verify(ssl.get(), SSL_VERIFY_NONE, note_problem);
  if (greeting.offer) {
    const Bytes names = greeting.offer->view().wire_names();
    // 0 is success here, unlike everywhere else in the library.
    require(SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(names.data()),
                                static_cast<unsigned>(names.size())) == 0);
  }
  if (greeting.session) SSL_set_session(ssl.get(), greeting.session.get());
}

int FullClient::State::note_problem(int good, X509_STORE_CTX* verification) {
  if (good == 1) return 1;
  const auto* const ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const int error = X509_STORE_CTX_get_error(verification);
  static_cast<State*>(SSL_get_app_data(ssl))
      ->problems.push_back({.error = error,
                            .depth = X509_STORE_CTX_get_error_depth(verification),
                            .text = X509_verify_cert_error_string(error)});
  return 1;
}

FullClient::FullClient(const net::Endpoint& address, const Greeting& greeting) {
  auto line = Line::dial(address, Clock::now() + greeting.timeout);
  if (!line) {
    error_ = std::move(line.error());
    return;
  }
  state_ = std::make_unique<State>(std::move(*line));
  state_->timeout = greeting.timeout;
  ERR_clear_error();
  state_->prepare(greeting, address);
  const Clock::time_point deadline = Clock::now() + greeting.timeout;
  for (;;) {
    state_->begin_step();
    const int result = SSL_do_handshake(state_->ssl.get());
    if (result == 1) return;
    const int status = SSL_get_error(state_->ssl.get(), result);
    if (status == SSL_ERROR_WANT_READ || status == SSL_ERROR_WANT_WRITE) {
      if (state_->line.wait(status == SSL_ERROR_WANT_READ, deadline) == Wait::ready) continue;
      error_ = "the handshake did not end in time";
      return;
    }
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    error_ = reason != nullptr ? reason : "the connection was closed during the handshake";
    ERR_clear_error();
    return;
  }
}

FullClient::FullClient(FullClient&&) noexcept = default;
FullClient& FullClient::operator=(FullClient&&) noexcept = default;
FullClient::~FullClient() = default;

std::optional<ProtocolId> FullClient::selected() const {
  const unsigned char* data = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &data, &size);
  const auto id = ProtocolIdView::from(as_text(std::as_bytes(std::span(data, size))));
  if (!id) return std::nullopt;
  return ProtocolId(*id);
}

std::uint16_t FullClient::version() const noexcept {
  return static_cast<std::uint16_t>(SSL_version(state_->ssl.get()));
}

bool FullClient::resumed() const noexcept { return SSL_session_reused(state_->ssl.get()) == 1; }

std::optional<CertificateFacts> FullClient::certificate() const {
  const tls::X509Owner leaf(SSL_get_peer_certificate(state_->ssl.get()));
  if (!leaf) return std::nullopt;
  return CertificateFacts{.names = names_of(*leaf),
                          .not_before = time_of(X509_get0_notBefore(leaf.get())),
                          .not_after = time_of(X509_get0_notAfter(leaf.get())),
                          .issuer = text_of(*X509_get_issuer_name(leaf.get())),
                          .problems = state_->problems};
}

bool FullClient::step(int result) {
  const int status = SSL_get_error(state_->ssl.get(), result);
  if (status != SSL_ERROR_WANT_READ && status != SSL_ERROR_WANT_WRITE) return false;
  const bool readable = status == SSL_ERROR_WANT_READ;
  return state_->line.wait(readable, Clock::now() + state_->timeout) == Wait::ready;
}

bool FullClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    state_->begin_step();
    const int result = SSL_write(state_->ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (result > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(result));
    } else if (!step(result)) {
      return false;
    }
  }
  return true;
}

bool FullClient::read(std::string& text) {
  std::array<char, 4096> buffer;
  state_->begin_step();
  const int result = SSL_read(state_->ssl.get(), buffer.data(), buffer.size());
  if (result > 0) text.append(buffer.data(), static_cast<std::size_t>(result));
  return result > 0 || step(result);
}

std::string FullClient::exchange(std::string_view bytes, std::size_t enough) {
  std::string answer;
  if (!write(bytes)) return answer;
  while (answer.size() < enough && read(answer)) {
  }
  ERR_clear_error();
  return answer;
}

Session FullClient::session(std::string_view bytes) {
  if (state_->session || !write(bytes)) return state_->session;
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(1);
  state_->timeout = std::min(state_->timeout, std::chrono::milliseconds(1'000));
  for (std::string unread; !state_->session && Clock::now() < deadline && read(unread);)
    unread.clear();
  ERR_clear_error();
  return state_->session;
}

}  // namespace simplon::probe
