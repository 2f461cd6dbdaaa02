#include "tls/digest.hpp"

#include <new>

#include <openssl/evp.h>

namespace simplon::tls {

namespace {

// OpenSSL 3 looks an algorithm up by name at every use of EVP_sha256(), under a lock; fetched once, it is just there.
const EVP_MD* fetched_sha256() {
#ifdef OPENSSL_IS_BORINGSSL
  return EVP_sha256();
#else
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
#endif
}

}  // namespace

Digest sha256(Bytes bytes) {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, fetched_sha256(),
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

}  // namespace simplon::tls
