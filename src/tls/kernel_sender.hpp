// TLS records made by the kernel ("kTLS"): it is given the key with which the library sends, from a record on, and
// encrypts whatever is written to the socket thereafter, spliced bytes too. For the sources of this layer only.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace simplon::tls {

/// The sending of one connection: the library's, until `take_over`.
class KernelSender {
 public:
  KernelSender() = default;
  KernelSender(const KernelSender&) = delete;
  KernelSender& operator=(const KernelSender&) = delete;
  ~KernelSender() { forget_key(); }

  /// Keeps the key that the library offers its BIO, a struct that begins with tls_crypto_info; the next record that is
  /// sent is the first one under it. One of an unknown suite is not kept.
  void keep_key(const void* key) noexcept;
  /// The library sends under another key from now on.
  void forget_key() noexcept;
  /// The library has sent a part of its records.
  void count(Bytes sent) noexcept;

  /// Lets the kernel go on from here. False where it can't, where there is no key, and within a record: then nothing
  /// has changed. There is no way back.
  [[nodiscard]] bool take_over(int socket) noexcept;
  [[nodiscard]] bool has_taken_over() const noexcept { return taken_over_; }

 private:
  static constexpr std::size_t header_bytes = 5;
  static constexpr std::size_t most_key_bytes = 56;

  alignas(std::uint16_t) std::array<std::byte, most_key_bytes> key_{};
  std::uint8_t key_bytes_ = 0;  // 0: there is none
  bool taken_over_ = false;
  // Where in a record the bytes sent have come to.
  std::uint8_t header_read_ = 0;
  std::array<std::byte, header_bytes> header_{};
  std::size_t body_left_ = 0;
  std::uint64_t records_ = 0;  // under this key
};

/// Sends an alert through the kernel (RFC 8446 §6); like send(2).
[[nodiscard]] long send_alert(int socket, std::uint8_t level, std::uint8_t alert) noexcept;

}  // namespace simplon::tls
