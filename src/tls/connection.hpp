// One end of one TLS connection, on a non-blocking socket, step by step.
#pragma once

#include "route/route_table.hpp"
#include "simplon/alpn/protocol_id.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace simplon::tls {

/// What became of one step.
enum class Status : std::uint8_t {
  done,        ///< it is done, or `bytes` of it are
  want_read,   ///< call again when the socket is readable
  want_write,  ///< call again when the socket is writable
  closed,      ///< the peer ended its stream: by close_notify (`closed_cleanly`), or by a bare end of the TCP stream
  failed,      ///< the connection is of no more use: `error` says why
};

struct Step {
  Status status = Status::failed;
  std::size_t bytes = 0;  ///< read or written; 0 for the handshake and the shutdown
};

/// What was negotiated, known once the handshake is done. Text lives as long as the program, or as the connection.
struct Negotiated {
  route::TlsVersion version = route::TlsVersion::none;
  std::string_view version_text;          ///< "1.2" or "1.3"
  std::string_view cipher;                ///< the registry's name, such as "TLS_AES_128_GCM_SHA256"
  std::string_view openssl_cipher;        ///< OpenSSL's name, such as "ECDHE-RSA-AES128-GCM-SHA256"
  std::uint16_t suite = 0;                ///< the registry's number
  std::optional<std::string_view> group;  ///< of the key exchange, such as "x25519"; none in a resumed TLS 1.2 session
  bool resumed = false;
};

/// What both ends have in common. Owns everything but the socket, which must outlive it and be non-blocking. No step
/// ever blocks or raises SIGPIPE. For one thread at a time.
///
/// A bare end of the TCP stream is `closed` too, and told from close_notify by `closed_cleanly`, for the protocol above
/// to judge whether something was cut off. Either way our own direction stays open.
class Connection {
 public:
  /// Goes on with the handshake. Done only when what was negotiated is what this end accepts.
  [[nodiscard]] Step handshake();
  /// Reads what there is, at least one byte where done. Wait for the socket only after `want_read`: the library may
  /// hold more than it has given. `drained` says that the socket is known to hold nothing, so that it need not be
  /// asked.
  [[nodiscard]] Step read(std::span<std::byte> buffer, bool drained = false);
  /// Whether the last `read` has come to the socket's last byte.
  [[nodiscard]] bool drained() const noexcept;
  /// Writes a first part of `data`, at most one record of 16 KiB, or all of it. After `want_write` call again with at
  /// least the same bytes; they may have moved. What is left of `data` is to be written at once, and where `more`
  /// says so, something else behind it: the kernel may wait for it before it sends.
  [[nodiscard]] Step write(std::span<const std::byte> data, bool more = false);
  /// Has the kernel encrypt what is sent from now on, where kernel, library and suite allow for it: then plain bytes
  /// may be written to the socket itself, or spliced into it. False where not: nothing has changed. Not to be called
  /// while a write waits to be called again. A peer that asks for a new key afterwards (RFC 8446 §4.6.3) gets
  /// internal_error, for the kernel has no way to change it that all its versions know.
  [[nodiscard]] bool let_kernel_send();
  /// Sends close_notify: the peer reads the end of our stream. Reading may go on until `closed`. Not to be called
  /// while a write waits to be called again.
  [[nodiscard]] Step shutdown();

  /// What was negotiated; to be called once the handshake is done.
  [[nodiscard]] Negotiated negotiated() const;
  /// What the server answered to the offer; nothing without an answer. Valid as long as the connection.
  [[nodiscard]] std::optional<ProtocolIdView> selected() const noexcept;

  /// Why the connection failed, in a short sentence without a full stop; empty where it did not.
  [[nodiscard]] std::string_view error() const noexcept;
  /// It failed because what was negotiated is not what this end accepts: at the server's end the hello or the answer is
  /// another than was decided, at the client's the answer is not what was offered.
  [[nodiscard]] bool negotiation_refused() const noexcept;
  /// The last alert sent or received, other than close_notify (RFC 8446 §6).
  [[nodiscard]] std::optional<std::uint8_t> alert_sent() const noexcept;
  [[nodiscard]] std::optional<std::uint8_t> alert_received() const noexcept;
  /// The errno of the socket that ended the connection, such as ECONNRESET.
  [[nodiscard]] std::optional<int> socket_error() const noexcept;
  /// The peer ended its stream by close_notify.
  [[nodiscard]] bool closed_cleanly() const noexcept;
  /// Bytes on the socket, TLS included; of those out, what the kernel has encrypted is not counted.
  [[nodiscard]] std::uint64_t socket_bytes_in() const noexcept;
  [[nodiscard]] std::uint64_t socket_bytes_out() const noexcept;

  /// For the sources of this layer.
  struct State;

 protected:
  explicit Connection(std::unique_ptr<State> state) noexcept;
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  [[nodiscard]] State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace simplon::tls
