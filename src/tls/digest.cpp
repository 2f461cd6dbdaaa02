#include "tls/digest.hpp"

#include "tls/library/native.hpp"

#include <new>

#include <openssl/evp.h>

namespace simplon::tls {

Digest sha256(Bytes bytes) {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                 library::sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

}  // namespace simplon::tls
