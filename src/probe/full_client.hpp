// A whole handshake with a server that is looked at, by the TLS library: certificates, sessions, and what is spoken
// after it. It goes on whatever the certificate is, and says what a browser would say of it.
#pragma once

#include "probe/line.hpp"
#include "simplon/alpn/protocol_list.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ssl_session_st;
struct x509_store_st;

namespace simplon::probe {

using Session = std::shared_ptr<ssl_session_st>;

/// Those trusted to issue certificates. Reading them takes longer than a handshake: once is enough for many.
using TrustStore = std::shared_ptr<x509_store_st>;

/// The system's authorities, and those in the PEM file `more`, where that is not empty.
[[nodiscard]] TrustStore read_trust_store(const std::string& more);

/// What a client says.
struct Greeting {
  std::optional<ProtocolList> offer;
  std::optional<std::string> server_name;
  std::uint16_t version = 0;                 ///< 0x0303 or 0x0304, and no other; 0: either
  Session session;                           ///< to be resumed
  TrustStore trusted;                        ///< by whom the certificate is judged; null: it is not
  std::chrono::milliseconds timeout{5'000};  ///< for each step
};

/// What a browser would hold against a certificate, or one above it.
struct CertificateProblem {
  long error = 0;    ///< of the TLS library
  int depth = 0;     ///< 0: the server's own, 1: its issuer's, …
  std::string text;  ///< for people
};

/// What a browser would look at.
struct CertificateFacts {
  std::vector<std::string> names;  ///< the DNS names and IP addresses inside, in their order
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  std::string issuer;                        ///< its common name, or organisation
  std::vector<CertificateProblem> problems;  ///< none: trusted, and for the name
};

/// One connection, once its handshake is over.
class FullClient {
 public:
  /// Connects and shakes hands. Blocks.
  FullClient(const net::Endpoint& address, const Greeting& greeting);
  FullClient(FullClient&&) noexcept;
  FullClient& operator=(FullClient&&) noexcept;
  ~FullClient();

  /// Why there is no connection, for people; empty where there is.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  [[nodiscard]] std::optional<ProtocolId> selected() const;
  [[nodiscard]] std::uint16_t version() const noexcept;
  [[nodiscard]] bool resumed() const noexcept;
  [[nodiscard]] std::optional<CertificateFacts> certificate() const;
  /// Sends `bytes`, then reads until `enough` bytes came, the stream ended or the time was over: what came.
  [[nodiscard]] std::string exchange(std::string_view bytes, std::size_t enough);
  /// A session to resume, or null. In TLS 1.3 tickets come behind the handshake, with some servers only once something
  /// was said: `bytes` is sent, and a second waited for one.
  [[nodiscard]] Session session(std::string_view bytes);

 private:
  struct State;
  [[nodiscard]] bool step(int result);
  [[nodiscard]] bool write(std::string_view bytes);
  [[nodiscard]] bool read(std::string& text);

  std::string error_;
  std::unique_ptr<State> state_;
};

}  // namespace simplon::probe
