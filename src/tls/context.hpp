// TLS contexts: which certificate and which settings a connection gets, by server name.
#pragma once

#include "route/route_table.hpp"
#include "tls/certificate.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace simplon::tls {

class TicketKeys;

/// What is wanted of TLS.
struct Settings {
  /// TLS 1.2 or 1.3; anything older means 1.2. A route may ask for more, see `Decided`.
  route::TlsVersion min_version = route::TlsVersion::tls_1_2;
  /// Session tickets: resumption without a full handshake (RFC 8446 §2.2, RFC 5077). Never early data.
  bool tickets = true;
  // NOLINTBEGIN(readability-redundant-member-init): without it, leaving one out of a list would be warned of
  /// The only cipher suites, in order of preference and in OpenSSL's words; empty: those of RFC 9325 §4.2.
  std::vector<std::string> ciphers = {};
  /// The only groups of the key exchange (RFC 8446 §4.2.7), likewise; empty: X25519, P-256, P-384.
  std::vector<std::string> groups = {};
  /// PEM of the authorities that issue the certificate which every client must have (RFC 8446 §4.3.2); empty: clients
  /// are asked for none.
  std::filesystem::path client_authorities = {};
  /// What tickets are sealed with; null: a key that each context makes for itself, so that no other opens its tickets.
  std::shared_ptr<TicketKeys> ticket_keys = {};
  // NOLINTEND(readability-redundant-member-init)
};

/// A context to make connections from. Belongs to a ContextStore and is valid as long as that lives; a connection keeps
/// what it needs of it alive by itself.
class Context {
 public:
  [[nodiscard]] ssl_ctx_st* native() const noexcept { return native_; }
  /// Of what its settings demand of clients: sessions of other demands are not resumed.
  [[nodiscard]] const Digest& demands() const noexcept { return *demands_; }
  friend bool operator==(Context, Context) noexcept = default;

 private:
  friend class ContextStore;
  Context(ssl_ctx_st* native, const Digest& demands) noexcept : native_(native), demands_(&demands) {}

  ssl_ctx_st* native_;
  const Digest* demands_;
};

/// Contexts for a list of certificates, by the names inside them. Immutable once built, so that it may be read from any
/// number of threads; the time to find one does not depend on the number of names.
class ContextStore {
 public:
  /// `certificates` in the order of the configuration: the first is the default, and of several that name one host the
  /// first of each key type serves it. Fails with `no_certificate` or `refused`, or as the file of
  /// `client_authorities` does.
  [[nodiscard]] static std::expected<ContextStore, CertificateError> build(std::span<const Certificate> certificates,
                                                                           const Settings& settings);

  ContextStore(ContextStore&&) noexcept;
  ContextStore& operator=(ContextStore&&) noexcept;
  ~ContextStore();

  /// The context for `server_name`, lower-case and without a trailing dot: of the certificates that name it exactly;
  /// else of those with a wildcard for its parent, which stands for one label (RFC 6125 §6.4.3); else the default, as
  /// for a client that sent no name. A host named exactly has the key types that it lacks from the wildcard.
  /// Does not allocate.
  [[nodiscard]] Context find(std::optional<std::string_view> server_name) const noexcept;
  /// How many different contexts there are; names served by the same certificates share one.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct Contexts;
  explicit ContextStore(std::unique_ptr<Contexts> contexts) noexcept;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace simplon::tls
