#include "simplon/hello/reader.hpp"

#include <algorithm>

namespace simplon {

namespace {

constexpr std::size_t record_header_size = 5;
constexpr std::size_t message_header_size = 4;
constexpr std::size_t longest_fragment = 16384;  // RFC 8446 §5.1

// RFC 8446 §5.1: ContentType, and RFC 6520's heartbeat as the last one in use.
constexpr std::uint8_t change_cipher_spec = 20;
constexpr std::uint8_t alert = 21;
constexpr std::uint8_t handshake = 22;
constexpr std::uint8_t heartbeat = 24;

std::uint8_t u8(Bytes bytes, std::size_t at) noexcept { return std::to_integer<std::uint8_t>(bytes[at]); }

std::size_t u16(Bytes bytes, std::size_t at) noexcept { return std::size_t{u8(bytes, at)} << 8 | u8(bytes, at + 1); }

/// Moves the fragments of the first `size` bytes of handshake together, behind the first record's header. The records
/// have been read, and hold that many.
Bytes join_fragments(std::span<std::byte> stream, std::size_t size) noexcept {
  const auto message = stream.subspan(record_header_size);
  std::size_t joined = std::min(u16(stream, 3), size);
  std::size_t record = record_header_size + joined;
  while (joined < size) {
    const std::size_t fragment = std::min(u16(stream, record + 3), size - joined);
    const auto from = stream.subspan(record + record_header_size, fragment);
    std::ranges::copy(from, message.subspan(joined).begin());
    joined += fragment;
    record += record_header_size + fragment;
  }
  return message.first(size);
}

ReadOutcome parse(Bytes message) noexcept {
  auto hello = parse_client_hello(message);
  if (!hello) return hello.error();
  return *hello;
}

}  // namespace

ReadOutcome read_client_hello(std::span<std::byte> stream, const HelloLimits& limits) noexcept {
  HelloReader::Position position;
  return position.read(stream, limits);
}

ReadOutcome HelloReader::feed(Bytes piece) {
  auto* const need = std::get_if<NeedMore>(&outcome_);
  if (need == nullptr) return outcome_;
  const Bytes taken = piece.first(std::min(piece.size(), limits_.stream_bytes() - stream_.size()));
  stream_.insert(stream_.end(), taken.begin(), taken.end());
  if (taken.size() < need->bytes) {
    need->bytes -= taken.size();
    need->whole -= taken.size();
  } else {
    outcome_ = position_.read(stream_, limits_);
  }
  return outcome_;
}

/// `bytes` are wanted next, and `arrived` bytes of the message are here.
NeedMore HelloReader::Position::need(std::size_t bytes, std::size_t arrived) const noexcept {
  if (arrived < message_header_size) return NeedMore{bytes};
  const std::size_t size = message_header_size + (std::size_t{u8(header, 1)} << 16 | u16(header, 2));
  return {.bytes = bytes, .whole = std::max(bytes, size - arrived)};
}

/// Judges the header of the record that `record` begins with and says how long its fragment is. The first record's
/// first two bytes are judged as they come, so that what is no TLS is known at once; later headers only when whole.
std::optional<ReadOutcome> HelloReader::Position::read_record_header(Bytes bytes,
                                                                     std::size_t& fragment) const noexcept {
  const bool first = record == 0;
  if (bytes.empty()) return need(first ? 1 : record_header_size, before);
  if (!first && bytes.size() < record_header_size) return need(record_header_size - bytes.size(), before);
  const std::uint8_t type = u8(bytes, 0);
  if (first && type == alert) return WireError::alert_received;
  if (first && (type < change_cipher_spec || type > heartbeat)) return WireError::not_tls;
  if (bytes.size() < 2) return NeedMore{1};
  if (first && u8(bytes, 1) != 3) return WireError::not_tls;
  if (type != handshake) return WireError::unexpected_content;
  if (u8(bytes, 1) != 3) return WireError::not_tls;
  if (bytes.size() < record_header_size) return NeedMore{record_header_size - bytes.size()};
  fragment = u16(bytes, 3);
  if (fragment == 0) return WireError::empty_record;
  if (fragment > longest_fragment) return WireError::record_too_long;
  return std::nullopt;
}

/// Judges the handshake message's header, of which this record may bring a part, and says how long the message is.
/// `size` stays untouched where the record ends before the header does.
std::optional<ReadOutcome> HelloReader::Position::read_message_header(Bytes arrived, std::size_t fragment,
                                                                      const HelloLimits& limits,
                                                                      std::size_t& size) noexcept {
  constexpr std::uint8_t client_hello = 1;  // RFC 8446 §4: HandshakeType
  const std::size_t had = std::min(before, message_header_size);
  const std::size_t missing = message_header_size - had;
  const Bytes brought = arrived.first(std::min(arrived.size(), missing));
  std::ranges::copy(brought, header.begin() + static_cast<std::ptrdiff_t>(had));
  const std::size_t have = had + brought.size();
  if (have == 0) return NeedMore{1};
  if (u8(header, 0) != client_hello) return WireError::not_client_hello;
  if (have < message_header_size) {
    if (fragment < missing) return std::nullopt;
    return NeedMore{message_header_size - have};
  }
  size = message_header_size + (std::size_t{u8(header, 1)} << 16 | u16(header, 2));
  if (size > limits.hello_bytes) return WireError::hello_too_large;
  return std::nullopt;
}

ReadOutcome HelloReader::Position::read(std::span<std::byte> stream, const HelloLimits& limits) noexcept {
  for (;;) {
    const Bytes bytes = stream.subspan(record);
    std::size_t fragment = 0;
    if (auto said = read_record_header(bytes, fragment)) return *said;
    const Bytes arrived = bytes.subspan(record_header_size, std::min(fragment, bytes.size() - record_header_size));
    std::size_t size = before + fragment + 1;  // unless its header says otherwise, the message is not whole yet
    if (auto said = read_message_header(arrived, fragment, limits, size)) return *said;
    const std::size_t needed = std::min(size - before, fragment);
    if (before + fragment < size) {
      // Another record has to follow: `record - before` is what the headers so far have added.
      if (record - before + 2 * record_header_size > record_overhead) return WireError::hello_too_large;
      if (arrived.size() < needed) {
        return need(needed - arrived.size() + record_header_size, before + arrived.size());
      }
      record += record_header_size + fragment;
      before += fragment;
      continue;
    }
    if (arrived.size() < needed) return need(needed - arrived.size(), before + arrived.size());
    return parse(before == 0 ? Bytes(stream).subspan(record_header_size, size) : join_fragments(stream, size));
  }
}

}  // namespace simplon
