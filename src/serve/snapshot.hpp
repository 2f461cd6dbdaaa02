// Everything that a connection is served by, in one immutable object that it keeps from its start to its end.
#pragma once

#include "config/config.hpp"
#include "net/backend.hpp"
#include "record/labels.hpp"
#include "tls/certificate.hpp"
#include "tls/client_context.hpp"
#include "tls/context.hpp"
#include "tls/ticket_keys.hpp"

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simplon::serve {

/// A configuration made ready: backends with their health, certificates in their contexts.
class Snapshot : public std::enable_shared_from_this<Snapshot> {
 public:
  /// What a snapshot has from elsewhere.
  struct Inheritance {
    /// Null: each context seals its own tickets.
    std::shared_ptr<tls::TicketKeys> ticket_keys;
    /// The one that it takes the place of: what is known of the backends of both goes on. Null for the first.
    const Snapshot* former = nullptr;
  };

  /// `certificates` in the order of the configuration; as `load_certificates` returns them.
  /// Fails with a sentence for the operator.
  [[nodiscard]] static std::expected<std::shared_ptr<const Snapshot>, std::string> make(
      std::shared_ptr<const config::Config> config, const std::vector<tls::Certificate>& certificates,
      const Inheritance& inheritance);

  [[nodiscard]] const config::Config& config() const noexcept { return *config_; }
  /// For another snapshot of the same configuration.
  [[nodiscard]] const std::shared_ptr<const config::Config>& shared_config() const noexcept { return config_; }
  [[nodiscard]] const std::shared_ptr<tls::TicketKeys>& ticket_keys() const noexcept { return ticket_keys_; }
  /// The backends of the route at `index`; null where its action has none.
  [[nodiscard]] const std::shared_ptr<const net::BackendGroup>& backends(std::uint32_t index) const noexcept {
    return backends_[index];
  }
  /// How the backends of the route at `index` are spoken to over TLS; its action is `tls`.
  [[nodiscard]] const tls::ClientContext& client_context(std::uint32_t index) const noexcept {
    return *client_contexts_[index];
  }
  /// The contexts to terminate TLS with at the route at `index`, whose action needs a certificate.
  [[nodiscard]] const tls::ContextStore& contexts(std::uint32_t index) const noexcept { return *contexts_[index]; }
  /// What is counted apart.
  [[nodiscard]] const std::shared_ptr<const record::Labels>& labels() const noexcept { return labels_; }
  /// Until when there is a certificate for each name: the last second of the one that expires first.
  [[nodiscard]] const std::map<std::string, std::chrono::sys_seconds>& certificates() const noexcept {
    return certificates_;
  }

 private:
  explicit Snapshot(std::shared_ptr<const config::Config> config);
  void make_backends(const Snapshot* former);
  std::expected<void, tls::CertificateError> make_contexts(const std::vector<tls::Certificate>& certificates);

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<tls::TicketKeys> ticket_keys_;
  std::vector<std::shared_ptr<const net::BackendGroup>> backends_;  // one object for all routes to the same ones
  std::vector<std::optional<tls::ClientContext>> client_contexts_;
  std::vector<std::shared_ptr<const tls::ContextStore>> contexts_;  // one object for all routes of one policy
  std::shared_ptr<const record::Labels> labels_;
  std::map<std::string, std::chrono::sys_seconds> certificates_;
};

}  // namespace simplon::serve
