// Finds the ClientHello in the first bytes of a connection, however they are cut into records (RFC 8446 §5.1).
#pragma once

#include "simplon/alpn/error.hpp"
#include "simplon/hello/client_hello.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace simplon {

/// Nothing can be said before `bytes` more bytes, at least 1, have arrived: a value for SO_RCVLOWAT. It never reaches
/// past the next point where the stream can be judged, so waiting for it delays no answer.
struct NeedMore {
  std::size_t bytes;  ///< how many to wait for
  /// The hello can't be whole before this many more bytes have arrived; never less than `bytes`. Waiting for more than
  /// `bytes` but no more than this delays no hello, only the refusal of what is none.
  std::size_t whole = bytes;
};

/// What the bytes so far amount to.
using ReadOutcome = std::variant<NeedMore, ClientHelloView, WireError>;

/// What the headers of the records that carry a ClientHello may add to it, in bytes.
inline constexpr std::size_t record_overhead = 32UZ * 1024;

/// How much a client may say before it is answered.
struct HelloLimits {
  /// The largest ClientHello, as a handshake message with its four-byte header, in bytes.
  std::size_t hello_bytes = 65536;

  /// So many bytes of a stream always suffice for an outcome other than NeedMore.
  [[nodiscard]] constexpr std::size_t stream_bytes() const noexcept { return hello_bytes + record_overhead; }
};

/// Reads all that a connection has brought since its start, every time anew: no state, no allocation. A hello in one
/// record is viewed where it is; the fragments of one in several records are moved together inside `stream`, which
/// changes it from its fifth byte on, and only once the hello is whole: never where the outcome is NeedMore. Whatever
/// follows the hello is not looked at. The outcome depends on no more than the bytes needed for it, so it stays the
/// same when more arrive. Fails with
/// - `not_tls`: the first byte is no content type of TLS, or a record's major version is not 3 (SSLv2 included),
/// - `alert_received`: the first byte is that of an alert,
/// - `unexpected_content`: a record of another type before the hello is whole,
/// - `empty_record`, `record_too_long`: a fragment of no bytes, or of more than 16,384,
/// - `not_client_hello`: the first handshake message is of another type,
/// - `hello_too_large`: the hello's length or its records exceed `limits`,
/// - what `parse_client_hello` fails with.
[[nodiscard]] ReadOutcome read_client_hello(std::span<std::byte> stream, const HelloLimits& limits) noexcept;

/// `read_client_hello` for bytes that come in pieces: keeps them, and goes on where it stopped. The outcome is the same
/// as for all pieces in one. Move it, and a ClientHelloView from it stays valid; destroy it, and the view is not.
class HelloReader {
 public:
  explicit HelloReader(HelloLimits limits = {}) noexcept : limits_(limits) {}  ///< no bytes yet
  HelloReader(HelloReader&&) noexcept = default;                               ///< what it kept moves along
  HelloReader& operator=(HelloReader&&) noexcept = default;                    ///< likewise
  HelloReader(const HelloReader&) = delete;
  HelloReader& operator=(const HelloReader&) = delete;
  ~HelloReader() = default;

  /// Takes the connection's next bytes. Once the outcome is another than NeedMore it stays, and bytes are ignored.
  /// Never keeps more than `HelloLimits::stream_bytes()`.
  ReadOutcome feed(Bytes piece);

 private:
  friend ReadOutcome read_client_hello(std::span<std::byte> stream, const HelloLimits& limits) noexcept;

  /// How far the records have been read: to the start of one of them.
  struct Position {
    std::size_t record = 0;                ///< where it starts
    std::size_t before = 0;                ///< bytes of handshake in the records before it
    std::array<std::byte, 4> header = {};  ///< the handshake message's header, as far as `before` covers it

    ReadOutcome read(std::span<std::byte> stream, const HelloLimits& limits) noexcept;

   private:
    [[nodiscard]] NeedMore need(std::size_t bytes, std::size_t arrived) const noexcept;
    std::optional<ReadOutcome> read_record_header(Bytes bytes, std::size_t& fragment) const noexcept;
    std::optional<ReadOutcome> read_message_header(Bytes arrived, std::size_t fragment, const HelloLimits& limits,
                                                   std::size_t& size) noexcept;
  };

  HelloLimits limits_;
  std::vector<std::byte> stream_;
  Position position_;
  ReadOutcome outcome_ = NeedMore{1};
};

}  // namespace simplon
