// What is counted and timed: operations by name, each done so many times and checked every time.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace simplon {

/// Does one thing `count` times; false where it ever came out wrong.
struct Operation {
  std::string_view name;
  bool (*run)(long count);
};

/// Reading a ClientHello of Chrome's, 517 bytes in one record, and deciding on its offer; and deciding alone.
std::span<const Operation> reading_operations();

/// What a handshake takes beside the operation.
struct Credentials {
  std::string chain;  ///< files in PEM
  std::string key;
};
/// Set before the first handshake.
Credentials& credentials();

/// Where the adapter is, if there is ALPN at all; the other end then has it by hand.
enum class Alpn { none, by_hand, adapter_on_server, adapter_on_client };

/// Whole handshakes of a client and a server over memory, each with the library's own defaults.
std::span<const Operation> openssl_handshakes();
std::span<const Operation> gnutls_handshakes();

/// Every process has the same random numbers and the same time from here on, so that its instructions can be compared
/// with another's.
void make_repeatable();

}  // namespace simplon
