#include "probe/signature.hpp"

#include "tls/native.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace simplon::probe {

namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, tls::Free<EVP_MD_CTX_free>>;

struct Scheme {
  std::uint16_t number;
  tls::KeyType key;
  const EVP_MD* (*digest)();
  int bits = 0;        // of the curve that TLS 1.3 binds it to; 0: any
  bool pss = false;    // RSASSA-PSS, with a salt of the digest's length
  bool modern = true;  // TLS 1.3 has it
};

const EVP_MD* no_digest() { return nullptr; }

constexpr std::array schemes = std::to_array<Scheme>({
    {.number = 0x0403, .key = tls::KeyType::ecdsa, .digest = EVP_sha256, .bits = 256},
    {.number = 0x0503, .key = tls::KeyType::ecdsa, .digest = EVP_sha384, .bits = 384},
    {.number = 0x0804, .key = tls::KeyType::rsa, .digest = EVP_sha256, .pss = true},
    {.number = 0x0401, .key = tls::KeyType::rsa, .digest = EVP_sha256, .modern = false},
    {.number = 0x0809, .key = tls::KeyType::rsa_pss, .digest = EVP_sha256, .pss = true},
    {.number = 0x0807, .key = tls::KeyType::ed25519, .digest = no_digest},
});

}  // namespace

std::optional<std::uint16_t> choose_scheme(const tls::Certificate& certificate, std::uint16_t version,
                                           const U16List& offered) {
  constexpr std::uint16_t tls_1_3 = 0x0304;
  const int bits = EVP_PKEY_get_bits(certificate.native().key.get());
  for (const std::uint16_t number : offered) {
    const auto* const scheme = std::ranges::find(schemes, number, &Scheme::number);
    if (scheme == schemes.end() || scheme->key != certificate.key_type()) continue;
    if (scheme->bits != 0 && scheme->bits != bits) continue;
    if (version < tls_1_3 || scheme->modern) return number;
  }
  return std::nullopt;
}

std::vector<std::byte> sign(const tls::Certificate& certificate, std::uint16_t scheme, Bytes content) {
  const auto* const known = std::ranges::find(schemes, scheme, &Scheme::number);
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  const auto* const data = reinterpret_cast<const unsigned char*>(content.data());
  std::size_t size = 0;
  bool signs =
      known != schemes.end() && context &&
      EVP_DigestSignInit(context.get(), &key_context, known->digest(), nullptr, certificate.native().key.get()) == 1;
  if (signs && known->pss) {
    signs = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  signs = signs && EVP_DigestSign(context.get(), nullptr, &size, data, content.size()) == 1;
  std::vector<std::byte> signature(size);
  signs = signs && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                                  content.size()) == 1;
  if (!signs) throw std::bad_alloc();
  signature.resize(size);
  return signature;
}

}  // namespace simplon::probe
