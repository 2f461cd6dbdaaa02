// A socket as the TLS library's source and sink. The library's own socket BIO writes with write(), which raises SIGPIPE
// when the client has gone; this one does not, counts, and remembers how the socket ended.
#pragma once

#include "simplon/alpn/bytes.hpp"
#include "tls/kernel_sender.hpp"
#include "tls/native.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <openssl/bio.h>

namespace simplon::tls {

/// What a BIO works on and what it saw. Must not move while a BIO refers to it.
struct SocketEnd {
  int socket = -1;               ///< not owned, non-blocking
  std::vector<std::byte> taken;  ///< what somebody has read from the socket: goes before what it holds still
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  bool drained = false;        ///< reading has come to the last byte, or the owner says so: the socket is not asked
  bool end_of_stream = false;  ///< the peer closed its sending side
  std::optional<int> error;    ///< errno of the last call that failed for good
  bool more_follows = false;   ///< more is written at once, so that the kernel need not send what it has
  /// Asked before bytes go out; false keeps them back and makes the library's call fail.
  bool (*may_write)(void* owner, Bytes bytes) = nullptr;
  void* owner = nullptr;  ///< for `may_write`
  KernelSender kernel;    ///< once it has taken over, what the library still writes is dropped
};

/// A BIO on `end`. Throws std::bad_alloc where memory is out.
[[nodiscard]] BioOwner make_socket_bio(SocketEnd& end);

/// Sends without SIGPIPE; like send(2). `flags` are of send(2) too.
[[nodiscard]] long send_quietly(int socket, Bytes bytes, int flags = 0) noexcept;

}  // namespace simplon::tls
