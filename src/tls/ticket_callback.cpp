#include "tls/ticket_callback.hpp"

#include "tls/connection_state.hpp"
#include "tls/library/native.hpp"

#include <cstring>

#include <openssl/rand.h>

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

// What the library wants to hear.
enum Answer : int { failed = -1, without_ticket = 0, taken = 1, taken_and_renew = 2 };

int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX& cipher,
         const library::TicketMac& mac) {
  const TicketKeys::Key key = keys.first();
  std::memcpy(name, key.name.data(), key.name.size());
  const bool ready = RAND_bytes(iv, EVP_CIPHER_iv_length(EVP_aes_256_cbc())) == 1 &&
                     EVP_EncryptInit_ex(&cipher, EVP_aes_256_cbc(), nullptr, data_of(key.cipher), iv) == 1 &&
                     library::set_key(mac, key.mac);
  return ready ? taken : failed;
}

int open(TicketKeys& keys, bool tls_1_3, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX& cipher,
         const library::TicketMac& mac) {
  const auto found = keys.find(std::as_bytes(std::span<const unsigned char, 16>(name, 16)));
  // Sealed by who knows whom: a full handshake follows.
  if (!found) return without_ticket;
  const bool ready = EVP_DecryptInit_ex(&cipher, EVP_aes_256_cbc(), nullptr, data_of(found->key.cipher), iv) == 1 &&
                     library::set_key(mac, found->key.mac);
  if (!ready) return failed;
  // RFC 8446 Appendix C.4: a ticket that is used once does not tell who came with it before.
  return found->first && !tls_1_3 ? taken : taken_and_renew;
}

}  // namespace

int use_ticket_key(SSL& ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX& cipher,
                   const library::TicketMac& mac, bool sealing) {
  auto& keys = **static_cast<Keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(&ssl), keys_index()));
  if (sealing) return seal(keys, name, iv, cipher, mac);
  return open(keys, SSL_version(&ssl) == TLS1_3_VERSION, name, iv, cipher, mac);
}

void use_ticket_keys(SSL_CTX& context, std::shared_ptr<TicketKeys> keys) {
  auto owner = std::make_unique<Keys>(std::move(keys));
  // The context's from now on, where it took them.
  require_success(SSL_CTX_set_ex_data(&context, keys_index(), owner.get()) == 1 && owner.release() != nullptr);
  library::ask_for_ticket_keys(context);
}

}  // namespace simplon::tls
