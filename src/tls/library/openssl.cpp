// OpenSSL, 3.0 and later.
#include "tls/library/native.hpp"
#include "tls/ticket_callback.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace simplon::tls::library {

std::string reason_of_error() {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  return reason == nullptr ? "" : reason;
}

// OpenSSL 3 looks an algorithm up by name at every use of EVP_sha256(), under a lock; fetched once, it is just there.
const EVP_MD* sha256() noexcept {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

std::optional<std::string_view> group_of(const SSL& ssl) noexcept {
  // Neither call changes anything, and neither says so.
  SSL* const asked = const_cast<SSL*>(&ssl);  // NOLINT(*-const-cast)
  const auto group = SSL_get_negotiated_group(asked);
  if (group == NID_undef) return std::nullopt;
  const char* const name = SSL_group_to_name(asked, static_cast<int>(group));
  return name == nullptr ? std::nullopt : std::optional<std::string_view>(name);
}

bool set_tls_1_3_suites(SSL_CTX& context, const char* names) { return SSL_CTX_set_ciphersuites(&context, names) == 1; }

void heed_chacha_first(SSL_CTX& context, bool wanted) {
  (wanted ? SSL_CTX_set_options : SSL_CTX_clear_options)(&context, SSL_OP_PRIORITIZE_CHACHA);
}

bool holds_several_certificates() noexcept { return true; }

// It would answer with decode_error and refuse to write on, though the peer may only have closed its own direction. The
// socket's end is ours to see, so nothing is lost by not having it said.
void outlive_bare_end(SSL_CTX& context) { SSL_CTX_set_options(&context, SSL_OP_IGNORE_UNEXPECTED_EOF); }

// Without kTLS in the library the option does nothing.
void offer_kernel_key(SSL_CTX& context) { SSL_CTX_set_options(&context, SSL_OP_ENABLE_KTLS); }

bool owes_new_key(const SSL& ssl) noexcept { return SSL_get_key_update_type(&ssl) != SSL_KEY_UPDATE_NONE; }

void enlarge_reads(SSL& ssl, std::size_t size) { SSL_set_default_read_buffer_len(&ssl, size); }

bool is_ticket_alone(const SSL& ssl) noexcept {
  return SSL_get_state(&ssl) == TLS_ST_SW_SESSION_TICKET && SSL_version(&ssl) == TLS1_3_VERSION;
}

// Its own limit is 128 KiB.
void begin_hello(SSL& /*ssl*/) {}
void end_hello(SSL& /*ssl*/) {}

struct TicketMac {
  EVP_MAC_CTX* context;
};

bool set_key(const TicketMac& mac, Bytes key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  return EVP_MAC_init(mac.context, reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters) == 1;
}

void ask_for_ticket_keys(SSL_CTX& context) {
  SSL_CTX_set_tlsext_ticket_key_evp_cb(
      &context, [](SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int sealing) { return use_ticket_key(*ssl, name, iv, *cipher, TicketMac{mac}, sealing != 0); });
}

}  // namespace simplon::tls::library
