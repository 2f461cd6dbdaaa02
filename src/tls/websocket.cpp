#include "tls/websocket.hpp"

#include "tls/base64.hpp"

#include <array>
#include <new>
#include <span>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace simplon::tls {

std::string make_websocket_key() {
  std::array<unsigned char, 16> nonce;
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) throw std::bad_alloc();
  return to_base64(std::as_bytes(std::span(nonce)));
}

std::string accept_websocket(std::string_view key) {
  // SHA-1 is the protocol's choice, and nothing secret rests on it (RFC 6455 §10.8).
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) throw std::bad_alloc();
  return to_base64(std::as_bytes(std::span(digest)).first(size));
}

}  // namespace simplon::tls
