#include "probe/record_protection.hpp"

#include "tls/native.hpp"

#include <memory>
#include <new>

#include <openssl/evp.h>

namespace simplon::probe {

namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, tls::Free<EVP_CIPHER_CTX_free>>;

constexpr std::size_t tag_size = 16;  // of all suites of TLS 1.3

const unsigned char* data_of(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data_of(std::vector<std::byte>& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

void require(bool succeeded) {
  if (!succeeded) throw std::bad_alloc();
}

}  // namespace

RecordProtection::RecordProtection(const Suite& suite, const Secret& traffic_secret)
    : suite_(&suite),
      key_(expand_label(suite, traffic_secret, "key", {},
                        static_cast<std::size_t>(EVP_CIPHER_get_key_length(suite.cipher)))),
      iv_(expand_label(suite, traffic_secret, "iv", {},
                       static_cast<std::size_t>(EVP_CIPHER_get_iv_length(suite.cipher)))) {}

// RFC 8446 §5.3: the sequence number, in the width of the IV, combined with it.
std::vector<std::byte> RecordProtection::next_nonce() {
  std::vector<std::byte> nonce = iv_;
  for (std::size_t i = 0; i < 8; ++i)
    nonce[nonce.size() - 1 - i] ^= static_cast<std::byte>(sequence_ >> (8 * i));
  ++sequence_;
  return nonce;
}

std::optional<InnerPlaintext> RecordProtection::open(Bytes header, Bytes body) {
  if (body.size() < tag_size + 1) return std::nullopt;
  const std::vector<std::byte> nonce = next_nonce();
  const Bytes sealed = body.first(body.size() - tag_size);
  std::vector<std::byte> tag(body.end() - tag_size, body.end());
  InnerPlaintext plain{.type = 0, .content = std::vector<std::byte>(sealed.size())};
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  int last = 0;
  require(context && EVP_DecryptInit_ex(context.get(), suite_->cipher, nullptr, data_of(key_), data_of(nonce)) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
          EVP_DecryptUpdate(context.get(), nullptr, &size, data_of(header), static_cast<int>(header.size())) == 1 &&
          EVP_DecryptUpdate(context.get(), data_of(plain.content), &size, data_of(sealed),
                            static_cast<int>(sealed.size())) == 1);
  if (EVP_DecryptFinal_ex(context.get(), data_of(plain.content) + size, &last) != 1) return std::nullopt;
  // The type is the last byte that is not padding.
  while (!plain.content.empty() && plain.content.back() == std::byte{0})
    plain.content.pop_back();
  if (plain.content.empty()) return std::nullopt;
  plain.type = std::to_integer<std::uint8_t>(plain.content.back());
  plain.content.pop_back();
  return plain;
}

std::vector<std::byte> RecordProtection::seal(std::uint8_t type, Bytes content) {
  std::vector<std::byte> inner(content.begin(), content.end());
  inner.push_back(std::byte{type});
  ByteWriter record;
  record.write_u8(23);  // application_data, whatever is inside
  record.write_u16(0x0303);
  record.write_u16(static_cast<std::uint16_t>(inner.size() + tag_size));
  const std::vector<std::byte> nonce = next_nonce();
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::vector<std::byte> sealed(inner.size());
  std::vector<std::byte> tag(tag_size);
  int size = 0;
  int last = 0;
  require(context && EVP_EncryptInit_ex(context.get(), suite_->cipher, nullptr, data_of(key_), data_of(nonce)) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &size, data_of(record.bytes()),
                            static_cast<int>(record.bytes().size())) == 1 &&
          EVP_EncryptUpdate(context.get(), data_of(sealed), &size, data_of(inner), static_cast<int>(inner.size())) ==
              1 &&
          EVP_EncryptFinal_ex(context.get(), data_of(sealed) + size, &last) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1);
  record.write(sealed);
  record.write(tag);
  return {record.bytes().begin(), record.bytes().end()};
}

}  // namespace simplon::probe
