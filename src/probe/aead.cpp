#include "probe/aead.hpp"

#include "tls/native.hpp"

#include <memory>
#include <new>

#include <openssl/evp.h>

namespace simplon::probe {

namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, tls::Free<EVP_CIPHER_CTX_free>>;

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data_of(std::vector<std::byte>& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
int size_of(Bytes bytes) { return static_cast<int>(bytes.size()); }

void require(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

}  // namespace

std::vector<std::byte> seal(const EVP_CIPHER* cipher, Bytes key, Bytes nonce, Bytes associated, Bytes plain) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::vector<std::byte> sealed(plain.size() + tag_size);
  int size = 0;
  require(context && EVP_EncryptInit_ex(context.get(), cipher, nullptr, data_of(key), data_of(nonce)) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &size, data_of(associated), size_of(associated)) == 1 &&
          EVP_EncryptUpdate(context.get(), data_of(sealed), &size, data_of(plain), size_of(plain)) == 1);
  int last = 0;
  require(EVP_EncryptFinal_ex(context.get(), data_of(sealed) + size, &last) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, data_of(sealed) + plain.size()) == 1);
  return sealed;
}

std::optional<std::vector<std::byte>> open(const EVP_CIPHER* cipher, Bytes key, Bytes nonce, Bytes associated,
                                           Bytes sealed) {
  if (sealed.size() < tag_size) return std::nullopt;
  const Bytes text = sealed.first(sealed.size() - tag_size);
  std::vector<std::byte> tag(sealed.end() - tag_size, sealed.end());
  std::vector<std::byte> plain(text.size());
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  require(context && EVP_DecryptInit_ex(context.get(), cipher, nullptr, data_of(key), data_of(nonce)) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
          EVP_DecryptUpdate(context.get(), nullptr, &size, data_of(associated), size_of(associated)) == 1 &&
          EVP_DecryptUpdate(context.get(), data_of(plain), &size, data_of(text), size_of(text)) == 1);
  int last = 0;
  if (EVP_DecryptFinal_ex(context.get(), data_of(plain) + size, &last) != 1) return std::nullopt;
  return plain;
}

}  // namespace simplon::probe
