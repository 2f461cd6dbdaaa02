// The certificates that a configuration names.
#pragma once

#include "config/config.hpp"
#include "tls/certificate.hpp"
#include "tls/client_context.hpp"
#include "tls/context.hpp"
#include "tls/ticket_keys.hpp"

#include <expected>
#include <memory>
#include <vector>

namespace simplon::serve {

/// Loads every certificate of `config` in its order, those of a directory by file name; or all that is wrong with them,
/// with what routes show to backends and trust of them, and with what they demand of clients.
[[nodiscard]] std::expected<std::vector<tls::Certificate>, std::vector<config::Problem>> load_certificates(
    const config::Config& config);

/// The keys in the file that `config` names for session tickets; null where it names none, or wants no tickets.
[[nodiscard]] std::expected<std::shared_ptr<tls::TicketKeys>, config::Problem> load_ticket_keys(
    const config::Config& config);

/// Every file and folder that what these functions made was read from, and that another content would change.
[[nodiscard]] std::vector<std::filesystem::path> files_read(const config::Config& config);

/// How TLS ends at a route of this policy.
[[nodiscard]] tls::Settings tls_settings(const config::TlsSettings& tls, const config::TlsPolicy& policy);

/// What a `tls` route shows to its backends and trusts of them.
[[nodiscard]] std::expected<tls::ClientContext, tls::CertificateError> make_client_context(const config::Tls& action);

/// Warnings: a certificate that has expired, and a server name that a route terminates but no certificate is for.
[[nodiscard]] std::vector<config::Problem> lint_certificates(const config::Config& config,
                                                             const std::vector<tls::Certificate>& certificates);

}  // namespace simplon::serve
