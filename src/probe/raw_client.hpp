// A client that says any hello, and goes on just far enough to read the server's answer to it: for questions that no
// TLS library would ask. No sockets here. It verifies nothing and never carries traffic.
#pragma once

#include "probe/key_exchange.hpp"
#include "probe/observation.hpp"
#include "probe/record_protection.hpp"
#include "probe/record_reader.hpp"
#include "simplon/hello/builder.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace simplon::probe {

/// What is to be said.
struct Speech {
  ClientHelloBuilder hello;       ///< with the shares of `keys` in its key_share extension
  std::vector<KeyExchange> keys;  ///< may be empty: a server of TLS 1.3 then asks for one (RFC 8446 §4.2.8)
  std::size_t fragment = 16384;   ///< the bytes of the hello that a record has at most
  std::function<void(ClientHelloBuilder&)> change_after_retry;  ///< of the second hello, beyond what has to change
};

/// A hello of today's kind, for TLS 1.2 and 1.3, with a fresh random and fresh keys of these groups.
[[nodiscard]] Speech modern_speech(std::span<const std::uint16_t> groups);

/// One connection, from the hello until the answer is known.
class RawClient {
 public:
  explicit RawClient(Speech speech);

  /// What is to be sent now; it is handed out once.
  [[nodiscard]] std::vector<std::byte> take_output();
  /// Reads on. Once the observation's outcome is not `waiting`, nothing more is looked at.
  void read(Bytes bytes);
  [[nodiscard]] const Observation& observation() const noexcept { return observation_; }

 private:
  void say_hello();
  void read_record(const Record& record);
  void read_content(std::uint8_t type, Bytes content);
  void read_message(std::uint8_t type, Bytes message);
  void read_server_hello(Bytes message);
  void read_retry(std::uint16_t suite, Bytes extensions, Bytes message);
  void start_protection(std::uint16_t suite, Bytes extensions, Bytes message);
  void read_encrypted_extensions(Bytes body);
  void answered(Bytes extensions);
  void give_up(Outcome outcome, std::string why);

  Speech speech_;
  std::vector<std::byte> output_;
  RecordReader records_;
  MessageReader messages_;
  bool seen_tls_ = false;
  Transcript transcript_;
  std::optional<RecordProtection> protection_;
  Answer answer_;
  Observation observation_;
};

}  // namespace simplon::probe
