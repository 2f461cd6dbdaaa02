// Cuts a stream into TLS records (RFC 8446 §5.1), and their content into handshake messages.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace simplon::probe {

/// What a record's first byte says of it.
namespace content_type {
inline constexpr std::uint8_t change_cipher_spec = 20;
inline constexpr std::uint8_t alert = 21;
inline constexpr std::uint8_t handshake = 22;
inline constexpr std::uint8_t application_data = 23;
}  // namespace content_type

/// One record, as it came.
struct Record {
  std::uint8_t type = 0;
  std::array<std::byte, 5> header = {};
  std::vector<std::byte> body;
};

/// The records of one direction.
class RecordReader {
 public:
  void add(Bytes bytes);
  /// What comes next is no TLS record, whatever follows: its first byte is no content type.
  [[nodiscard]] bool broken() const noexcept;
  /// The next record; nothing as long as it is not whole.
  [[nodiscard]] std::optional<Record> next();
  /// What has not been read as a record.
  [[nodiscard]] Bytes rest() const noexcept { return Bytes(input_).subspan(done_); }

 private:
  std::vector<std::byte> input_;
  std::size_t done_ = 0;
};

/// The handshake messages in the content of one direction's records.
class MessageReader {
 public:
  void add(Bytes content);
  /// The next message, its four-byte header included; nothing as long as it is not whole.
  [[nodiscard]] std::optional<std::vector<std::byte>> next();
  /// How many bytes have not been read as a message.
  [[nodiscard]] std::size_t pending() const noexcept { return content_.size() - done_; }

 private:
  std::vector<std::byte> content_;
  std::size_t done_ = 0;
};

}  // namespace simplon::probe
