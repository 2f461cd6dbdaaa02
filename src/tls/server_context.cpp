#include "tls/server_context.hpp"

#include "tls/connection_state.hpp"
#include "tls/library/native.hpp"
#include "tls/pem.hpp"
#include "tls/ticket_callback.hpp"

#include <openssl/err.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace simplon::tls {

namespace {

bool has_fast_aes() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("aes") != 0;
#elif defined(__aarch64__) && defined(__linux__)
  constexpr unsigned long aes = 1UL << 3;  // HWCAP_AES
  return (getauxval(AT_HWCAP) & aes) != 0;
#else
  return false;
#endif
}

// All ephemeral and AEAD, so that none is in RFC 9113 Appendix A; ECDSA before RSA, for it is several times cheaper to
// sign with.
constexpr const char* tls_1_2_aes_first =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* tls_1_2_chacha_first =
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* tls_1_3_aes_first = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* tls_1_3_chacha_first =
    "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
// Constants that every supported library takes, so what is left to fail with them is memory.
constexpr const char* default_groups = "X25519:P-256:P-384";

// The older of its two names, which every library has.
bool set_group_list(SSL_CTX& context, const char* names) { return SSL_CTX_set1_curves_list(&context, names) == 1; }

void set_algorithms(SSL_CTX& context) {
  const bool aes_first = has_fast_aes();
  require_success(SSL_CTX_set_cipher_list(&context, aes_first ? tls_1_2_aes_first : tls_1_2_chacha_first) == 1);
  require_success(set_group_list(context, default_groups));
  require_success(library::set_tls_1_3_suites(context, aes_first ? tls_1_3_aes_first : tls_1_3_chacha_first));
  library::heed_chacha_first(context, true);
}

std::expected<void, CertificateError> check_known(bool known, std::string_view what, const std::string& names) {
  if (known) return {};
  return failure(
      CertificateError::Code::refused, "",
      "this TLS library can't be held to the " + std::string(what) + " " + names +
          ", for it does not know all of them or lets nobody choose; `simplon version` says which library it is");
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names)
    joined.append(joined.empty() ? "" : ":").append(name);
  return joined;
}

// Instead of the default ones.
std::expected<void, CertificateError> set_suites(SSL_CTX& context, const std::vector<std::string>& ciphers) {
  std::vector<std::string> older;
  std::vector<std::string> tls_1_3;
  for (const std::string& name : ciphers)
    (name.starts_with("TLS_") ? tls_1_3 : older).push_back(name);
  // An empty list is an error to the library, so a version without suites is turned off.
  if (older.empty()) require_success(SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION) == 1);
  if (tls_1_3.empty()) require_success(SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION) == 1);
  const std::string older_joined = join(older);
  const std::string joined = join(tls_1_3);
  bool known = older.empty() || SSL_CTX_set_cipher_list(&context, older_joined.c_str()) == 1;
  known = known && (tls_1_3.empty() || library::set_tls_1_3_suites(context, joined.c_str()));
  // Who lists suites lists them in order.
  library::heed_chacha_first(context, false);
  return check_known(known, "cipher suites", join(ciphers));
}

std::expected<void, CertificateError> set_groups(SSL_CTX& context, const std::vector<std::string>& groups) {
  const std::string joined = join(groups);
  return check_known(set_group_list(context, joined.c_str()), "groups", joined);
}

void set_tickets(SSL_CTX& context, bool tickets, const std::shared_ptr<TicketKeys>& keys) {
  // No session is kept here: a ticket carries all of it, so that gateways behind one address can share keys and a
  // client can't fill our memory.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  if (!tickets) SSL_CTX_set_options(&context, SSL_OP_NO_TICKET);
  if (tickets && keys) use_ticket_keys(context, keys);
  // One ticket: the library would send two, and each costs about as much as the rest of a resumed handshake.
  require_success(SSL_CTX_set_num_tickets(&context, tickets ? 1 : 0) == 1);
}

}  // namespace

void set_connection_options(SSL_CTX& context) {
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(&context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  library::outlive_bare_end(context);
  // One recv for a record's header and its body, and for several small records.
  SSL_CTX_set_read_ahead(&context, 1);
  set_algorithms(context);
}

std::expected<SslContextOwner, CertificateError> make_server_context(const Settings& settings,
                                                                     const Authorities* authorities) {
  ERR_clear_error();
  SslContextOwner context(SSL_CTX_new(TLS_server_method()));
  require_success(context != nullptr);
  const bool only_1_3 = settings.min_version >= route::TlsVersion::tls_1_3;
  require_success(SSL_CTX_set_min_proto_version(context.get(), only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1);
  require_success(SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) == 1);
  // Early data is off because nothing turns it on (SSL_CTX_set_max_early_data is 0).
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  set_connection_options(*context);
  if (!settings.ciphers.empty()) {
    if (const auto set = set_suites(*context, settings.ciphers); !set) return std::unexpected(set.error());
  }
  if (!settings.groups.empty()) {
    if (const auto set = set_groups(*context, settings.groups); !set) return std::unexpected(set.error());
  }
  if (authorities != nullptr) demand_certificate(*context, *authorities);
  library::offer_kernel_key(*context);
  set_tickets(*context, settings.tickets, settings.ticket_keys);
  install_callbacks(*context);
  return context;
}

std::expected<void, CertificateError> use_certificate(SSL_CTX& context, const Certificate& certificate) {
  const Certificate::Native& native = certificate.native();
  ERR_clear_error();
  bool used = SSL_CTX_use_certificate(&context, native.chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(&context, native.key.get()) == 1;
  for (std::size_t i = 1; used && i < native.chain.size(); ++i) {
    used = SSL_CTX_add1_chain_cert(&context, native.chain[i].get()) == 1;
  }
  if (used) return {};
  const std::string reason = library::reason_of_error();
  ERR_clear_error();
  return std::unexpected(CertificateError{CertificateError::Code::refused, native.file,
                                          std::string("the TLS library refuses it (") +
                                              (reason.empty() ? "no reason given" : reason) +
                                              "); have it issued again with a key and signature of today"});
}

}  // namespace simplon::tls
