#include "tls/ticket_callback.hpp"

#include "tls/connection_state.hpp"

#include <cstring>

#include <openssl/rand.h>
#ifdef OPENSSL_IS_BORINGSSL
#include <openssl/hmac.h>
#else
#include <openssl/core_names.h>
#include <openssl/params.h>
#endif

namespace simplon::tls {

namespace {

using Keys = std::shared_ptr<TicketKeys>;

void free_keys(void* /*context*/, void* keys, CRYPTO_EX_DATA* /*all*/, int /*index*/, long /*unused*/,
               void* /*unused*/) {
  delete static_cast<Keys*>(keys);
}

int keys_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_keys);
  return index;
}

const unsigned char* data_of(const std::array<std::byte, 32>& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

#ifdef OPENSSL_IS_BORINGSSL
using Mac = HMAC_CTX;

bool set_mac_key(Mac* mac, const TicketKeys::Key& key) {
  return HMAC_Init_ex(mac, key.mac.data(), key.mac.size(), EVP_sha256(), nullptr) == 1;
}
#else
using Mac = EVP_MAC_CTX;

bool set_mac_key(Mac* mac, const TicketKeys::Key& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  return EVP_MAC_init(mac, data_of(key.mac), key.mac.size(), parameters) == 1;
}
#endif

// What the library wants to hear.
enum Answer : int { failed = -1, without_ticket = 0, taken = 1, taken_and_renew = 2 };

int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, Mac* mac) {
  const TicketKeys::Key key = keys.first();
  std::memcpy(name, key.name.data(), key.name.size());
  const bool ready = RAND_bytes(iv, EVP_CIPHER_iv_length(EVP_aes_256_cbc())) == 1 &&
                     EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, data_of(key.cipher), iv) == 1 &&
                     set_mac_key(mac, key);
  return ready ? taken : failed;
}

int open(TicketKeys& keys, bool tls_1_3, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
         Mac* mac) {
  const auto found = keys.find(std::as_bytes(std::span<const unsigned char, 16>(name, 16)));
  // Sealed by who knows whom: a full handshake follows.
  if (!found) return without_ticket;
  const bool ready = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, data_of(found->key.cipher), iv) == 1 &&
                     set_mac_key(mac, found->key);
  if (!ready) return failed;
  // RFC 8446 Appendix C.4: a ticket that is used once does not tell who came with it before.
  return found->first && !tls_1_3 ? taken : taken_and_renew;
}

int use_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, Mac* mac, int sealing) {
  auto& keys = **static_cast<Keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index()));
  if (sealing != 0) return seal(keys, name, iv, cipher, mac);
  return open(keys, SSL_version(ssl) == TLS1_3_VERSION, name, iv, cipher, mac);
}

}  // namespace

void use_ticket_keys(SSL_CTX& context, std::shared_ptr<TicketKeys> keys) {
  auto owner = std::make_unique<Keys>(std::move(keys));
  // The context's from now on, where it took them.
  require_success(SSL_CTX_set_ex_data(&context, keys_index(), owner.get()) == 1 && owner.release() != nullptr);
#ifdef OPENSSL_IS_BORINGSSL
  SSL_CTX_set_tlsext_ticket_key_cb(&context, use_key);
#else
  SSL_CTX_set_tlsext_ticket_key_evp_cb(&context, use_key);
#endif
}

}  // namespace simplon::tls
