#include "probe/record_protection.hpp"

#include "probe/aead.hpp"
#include "probe/record_reader.hpp"

#include <openssl/evp.h>

namespace simplon::probe {

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
  auto opened = probe::open(suite_->cipher, key_, next_nonce(), header, body);
  if (!opened) return std::nullopt;
  InnerPlaintext plain{.type = 0, .content = std::move(*opened)};
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
  record.write_u8(content_type::application_data);  // whatever is inside
  record.write_u16(0x0303);
  record.write_u16(static_cast<std::uint16_t>(inner.size() + tag_size));
  record.write(probe::seal(suite_->cipher, key_, next_nonce(), record.bytes(), inner));
  return record.take();
}

}  // namespace simplon::probe
