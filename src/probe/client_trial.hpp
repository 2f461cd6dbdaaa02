// One connection of a client under test to a bent server.
#pragma once

#include "probe/bend.hpp"
#include "probe/listener.hpp"
#include "tls/certificate.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace simplon::probe {

/// The client under test, and where it connects to.
struct ClientUnderTest {
  Listener listener;
  tls::Certificate certificate;
  /// What makes one connection; in its arguments {host}, {port} and {address} stand for where to. Empty: somebody else
  /// makes them, and is waited for as long as it takes.
  std::vector<std::string> command;
  bool shows_output = false;                 ///< the command's, on standard error
  std::chrono::milliseconds timeout{5'000};  ///< for a connection, and then for what the client does

  /// Has it connect, says that in the given TLS version, and hears what it does. Blocks. A command that can't be
  /// started is an `absent` client.
  [[nodiscard]] Reaction hear(const Bend& bend, std::uint16_t version);
};

}  // namespace simplon::probe
