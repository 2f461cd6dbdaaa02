#include "probe/key_schedule.hpp"

#include "tls/native.hpp"

#include <array>
#include <new>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

namespace simplon::probe {

namespace {

void require(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::size_t hash_size(const Suite& suite) { return static_cast<std::size_t>(EVP_MD_get_size(suite.hash)); }

Secret extract(const Suite& suite, Bytes salt, Bytes key) {
  const tls::KeyContextOwner context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  Secret secret(hash_size(suite));
  std::size_t size = secret.size();
  require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_mode(context.get(), EVP_PKEY_HKDEF_MODE_EXTRACT_ONLY) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(context.get(), suite.hash) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_salt(context.get(), data_of(salt), static_cast<int>(salt.size())) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(context.get(), data_of(key), static_cast<int>(key.size())) == 1 &&
          EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(secret.data()), &size) == 1);
  return secret;
}

Secret hash_of(const Suite& suite, Bytes bytes) {
  Secret digest(hash_size(suite));
  require(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, suite.hash,
                     nullptr) == 1);
  return digest;
}

}  // namespace

const Suite* find_suite(std::uint16_t number) noexcept {
  static const std::array<Suite, 3> suites = {{{0x1301, EVP_sha256(), EVP_aes_128_gcm()},
                                               {0x1302, EVP_sha384(), EVP_aes_256_gcm()},
                                               {0x1303, EVP_sha256(), EVP_chacha20_poly1305()}}};
  for (const Suite& suite : suites) {
    if (suite.number == number) return &suite;
  }
  return nullptr;
}

void Transcript::replace_by_hash(const Suite& suite) {
  const Secret digest = hash(suite);
  constexpr std::byte message_hash{254};
  messages_ = {message_hash, std::byte{0}, std::byte{0}, static_cast<std::byte>(digest.size())};
  add(digest);
}

Secret Transcript::hash(const Suite& suite) const { return hash_of(suite, messages_); }

Secret expand_label(const Suite& suite, const Secret& secret, std::string_view label, Bytes context, std::size_t size) {
  ByteWriter info;
  info.write_u16(static_cast<std::uint16_t>(size));
  require(info.write_vector(1, [&](ByteWriter& text) { text.write(as_bytes("tls13 " + std::string(label))); }));
  require(info.write_vector(1, [&](ByteWriter& bytes) { bytes.write(context); }));
  const tls::KeyContextOwner hkdf(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  Secret expanded(size);
  require(hkdf && EVP_PKEY_derive_init(hkdf.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_mode(hkdf.get(), EVP_PKEY_HKDEF_MODE_EXPAND_ONLY) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(hkdf.get(), suite.hash) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(hkdf.get(), data_of(secret), static_cast<int>(secret.size())) == 1 &&
          EVP_PKEY_CTX_add1_hkdf_info(hkdf.get(), data_of(info.bytes()), static_cast<int>(info.bytes().size())) == 1 &&
          EVP_PKEY_derive(hkdf.get(), reinterpret_cast<unsigned char*>(expanded.data()), &size) == 1);
  return expanded;
}

HandshakeSecrets derive_handshake_secrets(const Suite& suite, const Secret& shared, const Transcript& transcript) {
  const Secret zeros(hash_size(suite));
  const Secret early = extract(suite, zeros, zeros);
  const Secret derived = expand_label(suite, early, "derived", hash_of(suite, {}), hash_size(suite));
  const Secret handshake = extract(suite, derived, shared);
  const Secret digest = transcript.hash(suite);
  return {.handshake = handshake,
          .client = expand_label(suite, handshake, "c hs traffic", digest, hash_size(suite)),
          .server = expand_label(suite, handshake, "s hs traffic", digest, hash_size(suite))};
}

ApplicationSecrets derive_application_secrets(const Suite& suite, const Secret& handshake,
                                              const Transcript& transcript) {
  const Secret derived = expand_label(suite, handshake, "derived", hash_of(suite, {}), hash_size(suite));
  const Secret master = extract(suite, derived, Secret(hash_size(suite)));
  const Secret digest = transcript.hash(suite);
  return {.client = expand_label(suite, master, "c ap traffic", digest, hash_size(suite)),
          .server = expand_label(suite, master, "s ap traffic", digest, hash_size(suite))};
}

Secret finished(const Suite& suite, const Secret& traffic_secret, const Transcript& transcript) {
  const Secret key = expand_label(suite, traffic_secret, "finished", {}, hash_size(suite));
  const Secret digest = transcript.hash(suite);
  Secret verify(hash_size(suite));
  require(HMAC(suite.hash, key.data(), static_cast<int>(key.size()), data_of(digest), digest.size(),
               reinterpret_cast<unsigned char*>(verify.data()), nullptr) != nullptr);
  return verify;
}

}  // namespace simplon::probe
