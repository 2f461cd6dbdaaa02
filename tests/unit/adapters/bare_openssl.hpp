// The peers of what is tested: OpenSSL without an adapter, which offers and answers whatever it is told to.
#pragma once

#include "unit/adapters/end.hpp"

#include <memory>
#include <vector>

#include <openssl/ssl.h>

namespace simplon::test {

template <auto free>
struct FreeWith {
  template <typename Object>
  void operator()(Object* object) const {
    free(object);
  }
};
using ContextOwner = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using ConnectionOwner = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SessionOwner = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;

enum class Version { tls_1_2, tls_1_3 };

/// A certificate and its key, as PEM.
struct Credentials {
  std::string certificate;
  std::string key;
};
/// Those of all servers: an ECDSA certificate of "a.example".
const Credentials& credentials();
/// From now on others.
void use_credentials(Credentials others);

/// A context of one version, for a server with `credentials`.
ContextOwner make_server_context(Version version);
ContextOwner make_client_context(Version version);

/// An end that OpenSSL works on, with or without an adapter.
class OpenSslEnd : public End {
 public:
  explicit OpenSslEnd(SSL_CTX& context);
  OpenSslEnd(const OpenSslEnd&) = delete;
  OpenSslEnd& operator=(const OpenSslEnd&) = delete;
  ~OpenSslEnd() override;

  void go_on() override;
  [[nodiscard]] std::optional<std::string> selected() const override;
  [[nodiscard]] bool resumed() const override;

  [[nodiscard]] std::optional<int> alert() const override { return alert_; }

  [[nodiscard]] SSL* native() const { return ssl_.get(); }

 private:
  static void note(const SSL* ssl, int where, int value);

  ConnectionOwner ssl_;
  std::optional<int> alert_;
};

struct BareClientOptions {
  // NOLINTBEGIN(readability-redundant-member-init): without it, leaving them out of a list would be warned of
  std::vector<std::string> offer = {};  ///< empty: no ALPN extension
  std::optional<std::string> server_name = {};
  std::optional<std::string> groups = {};  ///< its key share is of the first
  SSL_SESSION* session = nullptr;
  // NOLINTEND(readability-redundant-member-init)
};

class BareClient : public OpenSslEnd {
 public:
  BareClient(SSL_CTX& context, const BareClientOptions& options);
  /// Of the connection as it is now; in TLS 1.3 only the tickets that came after the handshake make one.
  [[nodiscard]] SessionOwner session() const { return SessionOwner(SSL_get1_session(native())); }
};

/// A server that answers `answer` to every offer, offered or not; nothing where there is none.
class BareServer {
 public:
  BareServer(Version version, std::optional<std::string> fixed_answer);
  [[nodiscard]] std::unique_ptr<OpenSslEnd> accept() const;

  std::optional<std::string> answer;

 private:
  ContextOwner context_;
};

/// The wire form of a list's names.
std::string wire_names(const std::vector<std::string>& names);

}  // namespace simplon::test
