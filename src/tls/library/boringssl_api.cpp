// What AWS-LC has from BoringSSL, from which it came.
#include "simplon/hello/extension_names.hpp"
#include "tls/library/native.hpp"
#include "tls/ticket_callback.hpp"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace simplon::tls::library {

// It has them as NO_SHARED_CIPHER, the name of the constant.
std::string reason_of_error() {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason == nullptr ? "" : reason;
  std::ranges::transform(text, text.begin(), [](char c) {
    if (c == '_') return ' ';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

const EVP_MD* sha256() noexcept { return EVP_sha256(); }

std::optional<std::string_view> group_of(const SSL& ssl) noexcept {
  const std::uint16_t group = SSL_get_curve_id(&ssl);
  return group == 0 ? std::nullopt : std::optional(group_name(group));
}

// The socket's end is an error of the moment to these, and they write on.
void outlive_bare_end(SSL_CTX& /*context*/) {}

// They send it with other messages.
bool is_ticket_alone(const SSL& /*ssl*/) noexcept { return false; }

void offer_kernel_key(SSL_CTX& /*context*/) {}
// Asked only once the kernel sends, which it never does here.
bool owes_new_key(const SSL& /*ssl*/) noexcept { return false; }

// A server takes a handshake message of up to SSL_get_max_cert_list bytes where it is going to ask for a certificate,
// and 16 KiB where it isn't; so it looks as if it were until the ClientHello is there.
void begin_hello(SSL& ssl) {
  constexpr std::size_t largest = 131072 + 4;  // of the setting hello_bytes, and the message's header
  SSL_set_max_cert_list(&ssl, largest);
  if ((SSL_get_verify_mode(&ssl) & SSL_VERIFY_PEER) == 0) SSL_set_verify(&ssl, SSL_VERIFY_PEER, nullptr);
}

void end_hello(SSL& ssl) {
  SSL_CTX& context = *SSL_get_SSL_CTX(&ssl);
  SSL_set_max_cert_list(&ssl, SSL_CTX_get_max_cert_list(&context));
  SSL_set_verify(&ssl, SSL_CTX_get_verify_mode(&context), nullptr);
}

struct TicketMac {
  HMAC_CTX* context;
};

bool set_key(const TicketMac& mac, Bytes key) {
  return HMAC_Init_ex(mac.context, key.data(), key.size(), EVP_sha256(), nullptr) == 1;
}

void ask_for_ticket_keys(SSL_CTX& context) {
  SSL_CTX_set_tlsext_ticket_key_cb(
      &context, [](SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, HMAC_CTX* mac,
                   int sealing) { return use_ticket_key(*ssl, name, iv, *cipher, TicketMac{mac}, sealing != 0); });
}

}  // namespace simplon::tls::library
