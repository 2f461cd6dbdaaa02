#include "serve/prepare.hpp"

#include "serve/certificates.hpp"

#include <utility>

namespace simplon::serve {

namespace {

// Those of the former snapshot, so that its sessions go on; they too are random.
std::shared_ptr<tls::TicketKeys> random_ticket_keys(const Snapshot* former) {
  const bool kept = former != nullptr && former->ticket_keys() && former->config().tls.ticket_keys.empty();
  return kept ? former->ticket_keys() : std::make_shared<tls::TicketKeys>();
}

}  // namespace

std::expected<Prepared, std::vector<config::Problem>> prepare(std::shared_ptr<const config::Config> config,
                                                              const Snapshot* former,
                                                              std::vector<tls::Certificate> made) {
  std::vector<tls::Certificate> certificates = std::move(made);
  if (!config->certificates.empty()) {
    auto loaded = load_certificates(*config);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    certificates = std::move(*loaded);
  }
  auto warnings = lint_certificates(*config, certificates);
  auto keys = load_ticket_keys(*config);
  if (!keys) return std::unexpected(std::vector{std::move(keys.error())});
  if (config->tls.tickets && !*keys) *keys = random_ticket_keys(former);
  auto snapshot = Snapshot::make(std::move(config), certificates, {.ticket_keys = std::move(*keys), .former = former});
  if (!snapshot) return std::unexpected(std::vector{config::Problem{.position = {}, .message = snapshot.error()}});
  return Prepared{
      .snapshot = std::move(*snapshot), .certificates = certificates.size(), .warnings = std::move(warnings)};
}

}  // namespace simplon::serve
