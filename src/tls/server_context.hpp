// Contexts with the settings that every connection of ours has. For the sources of this layer only.
#pragma once

#include "tls/authorities.hpp"
#include "tls/context.hpp"
#include "tls/native.hpp"

#include <expected>

namespace simplon::tls {

/// A context without a certificate; with `authorities` clients need one of theirs. Fails with `refused` where the
/// library does not know the settings' suites or groups. Throws std::bad_alloc where memory is out.
[[nodiscard]] std::expected<SslContextOwner, CertificateError> make_server_context(const Settings& settings,
                                                                                   const Authorities* authorities);

/// Sets what both ends have in common: how steps behave, cipher suites and groups. Throws std::bad_alloc likewise.
void set_connection_options(SSL_CTX& context);

/// Adds a certificate beside those of other key types. Fails with `refused`.
[[nodiscard]] std::expected<void, CertificateError> use_certificate(SSL_CTX& context, const Certificate& certificate);

/// Has the callbacks of a server's end, which find the connection through SSL_get_app_data, called for `context`;
/// defined with the connection.
void install_callbacks(SSL_CTX& context);

}  // namespace simplon::tls
