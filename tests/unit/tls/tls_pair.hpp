// A server connection and a client on two ends of a stream, stepped by turns in one thread.
#pragma once

#include "support/socket_pair.hpp"
#include "support/test_certificate.hpp"
#include "support/tls_client.hpp"
#include "tls/server_connection.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace simplon::tls {

inline Certificate certificate_from(const test::TestCertificate& made) {
  return Certificate::parse({made.chain_pem, ""}, {made.key_pem, ""}).value();
}

inline Certificate make_certificate(std::vector<std::string> names, test::TestKey key = test::TestKey::ecdsa_p256) {
  return certificate_from(test::make_test_certificate({.names = std::move(names), .key = key}));
}

/// One RSA certificate for "app.example.com" and "www.example.com", for its key takes long to make.
inline const Certificate& rsa_certificate() {
  static const Certificate made = make_certificate({"app.example.com", "www.example.com"}, test::TestKey::rsa_2048);
  return made;
}

inline ContextStore make_store(const std::vector<Certificate>& certificates, const Settings& settings = {}) {
  return ContextStore::build(certificates, settings).value();
}

/// A store with one ECDSA certificate for "app.example.com".
inline const ContextStore& default_store() {
  static const ContextStore store = make_store({make_certificate({"app.example.com"})});
  return store;
}

/// What a decision would be on the hello of a client with `options`: nothing is selected.
inline Decided decided_on(const test::TlsClientOptions& options) {
  Decided decided;
  if (options.alpn) decided.offer = ProtocolListView::parse_names(as_bytes(*options.alpn)).value();
  if (options.server_name) decided.server_name = *options.server_name;
  return decided;
}

inline Decided decided_on(const test::TlsClientOptions& options, ProtocolIdView selected) {
  Decided decided = decided_on(options);
  decided.selected = selected;
  return decided;
}

struct TlsPair {
  TlsPair(const ContextStore& store, const test::TlsClientOptions& options, const Decided& decided)
      : server(store.find(options.server_name), sockets.server(), decided), client(sockets.client(), options) {}
  explicit TlsPair(const test::TlsClientOptions& options = {})
      : TlsPair(default_store(), options, decided_on(options)) {}

  /// Steps both sides until neither has anything left to do. True when both are done.
  bool handshake() {
    client_progress = test::Progress::want_read;
    server_step = {Status::want_read, 0};
    for (int round = 0; round < 20; ++round) {
      if (client_progress == test::Progress::want_read || client_progress == test::Progress::want_write) {
        client_progress = client.step_handshake();
      }
      if (server_step.status == Status::want_read || server_step.status == Status::want_write) {
        server_step = server.handshake();
      }
    }
    if (client_progress == test::Progress::done) {
      std::string nothing;
      // In TLS 1.3 the client is done first: the ticket, or an alert about its Finished, comes after.
      client_progress = client.step_read(nothing);
      if (client_progress == test::Progress::want_read) client_progress = test::Progress::done;
    }
    return client_progress == test::Progress::done && server_step.status == Status::done;
  }

  /// Has the server write `text` and the client read it.
  bool echo(const std::string& text) {
    return server.write(std::as_bytes(std::span(text))).bytes == text.size() && client.read(text.size()) == text;
  }

  test::SocketPair sockets;
  ServerConnection server;
  test::TlsClient client;
  test::Progress client_progress = test::Progress::want_read;
  Step server_step;
};

/// Both TLS versions, for tests that hold in both.
class EveryVersion : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static test::TlsClientOptions options() {
    test::TlsClientOptions made;
    made.min_version = made.max_version = GetParam();
    made.server_name = "app.example.com";
    return made;
  }
  [[nodiscard]] static bool is_1_3() { return GetParam() == TLS1_3_VERSION; }
};

inline std::string version_name(const testing::TestParamInfo<int>& info) {
  return info.param == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2";
}

}  // namespace simplon::tls
