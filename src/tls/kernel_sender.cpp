#include "tls/kernel_sender.hpp"

#include <algorithm>
#include <cstring>

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace simplon::tls {

namespace {

constexpr std::size_t sequence_bytes = 8;

std::size_t size_of_key(std::uint16_t cipher) {
  switch (cipher) {
    case TLS_CIPHER_AES_GCM_128:
      return sizeof(tls12_crypto_info_aes_gcm_128);
    case TLS_CIPHER_AES_GCM_256:
      return sizeof(tls12_crypto_info_aes_gcm_256);
    case TLS_CIPHER_CHACHA20_POLY1305:
      return sizeof(tls12_crypto_info_chacha20_poly1305);
    default:
      return 0;
  }
}

void add_to(std::byte* sequence, std::uint64_t records) {
  std::uint64_t carry = records;
  for (std::size_t at = sequence_bytes; at-- > 0;) {
    carry += std::to_integer<std::uint64_t>(sequence[at]);
    sequence[at] = static_cast<std::byte>(carry & 0xff);
    carry >>= 8;
  }
}

}  // namespace

void KernelSender::keep_key(const void* key) noexcept {
  forget_key();
  tls_crypto_info kind{};
  std::memcpy(&kind, key, sizeof(kind));
  const std::size_t size = size_of_key(kind.cipher_type);
  if (size == 0 || size > key_.size()) return;
  std::memcpy(key_.data(), key, size);
  key_bytes_ = static_cast<std::uint8_t>(size);
  header_read_ = 0;
  body_left_ = 0;
  records_ = 0;
}

void KernelSender::forget_key() noexcept {
  if (key_bytes_ > 0) OPENSSL_cleanse(key_.data(), key_.size());
  key_bytes_ = 0;
}

void KernelSender::count(Bytes sent) noexcept {
  if (key_bytes_ == 0) return;
  while (!sent.empty()) {
    if (body_left_ > 0) {
      const std::size_t part = std::min(body_left_, sent.size());
      body_left_ -= part;
      sent = sent.subspan(part);
      continue;
    }
    header_[header_read_++] = sent.front();
    sent = sent.subspan(1);
    if (header_read_ < header_bytes) continue;
    header_read_ = 0;
    body_left_ = (std::to_integer<std::size_t>(header_[3]) << 8) | std::to_integer<std::size_t>(header_[4]);
    ++records_;
  }
}

bool KernelSender::take_over(int socket) noexcept {
  if (key_bytes_ == 0 || header_read_ > 0 || body_left_ > 0) return false;
  if (::setsockopt(socket, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) != 0) return false;
  tls_crypto_info kind{};
  std::memcpy(&kind, key_.data(), sizeof(kind));
  add_to(key_.data() + key_bytes_ - sequence_bytes, records_);
  // In TLS 1.2 the part of an AES-GCM nonce that is sent is free, but must never come again (RFC 5288 §3): the library
  // has counted up from the one in `key_`, the kernel begins as far from it as can be.
  const bool sends_nonce = kind.version == TLS_1_2_VERSION && kind.cipher_type != TLS_CIPHER_CHACHA20_POLY1305;
  if (sends_nonce) key_[sizeof(kind)] ^= std::byte{0x80};
  taken_over_ = ::setsockopt(socket, SOL_TLS, TLS_TX, key_.data(), key_bytes_) == 0;
  forget_key();
  return taken_over_;
}

long send_alert(int socket, std::uint8_t level, std::uint8_t alert) noexcept {
  std::array<std::uint8_t, 2> content{level, alert};
  iovec part{.iov_base = content.data(), .iov_len = content.size()};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(1)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const type = CMSG_FIRSTHDR(&message);
  type->cmsg_level = SOL_TLS;
  type->cmsg_type = TLS_SET_RECORD_TYPE;
  type->cmsg_len = CMSG_LEN(1);
  *CMSG_DATA(type) = SSL3_RT_ALERT;
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace simplon::tls
