// ALPN for programs on OpenSSL (3.0 or newer) or a library of its family. It sets callbacks of contexts that the
// program makes and keeps; handshakes, input and output stay the program's.
#pragma once

#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <openssl/ssl.h>

/// The policy on OpenSSL. Everything here throws `std::bad_alloc` where memory runs out, unless it is `noexcept`;
/// during a handshake that ends in the alert internal_error, or no_application_protocol where OpenSSL can send no
/// other.
namespace simplon::openssl {

/// The policy for a server name: in lower case, without a trailing dot, as `ServerName` has it; nothing where the
/// client sent none or what is no host name. A null pointer ends the handshake: with unrecognized_name where a name was
/// sent (RFC 6066 §3), else with missing_extension, for which OpenSSL says handshake_failure. What it returns stays
/// alive for as long as the connection needs it. It may be called in several threads at once, and must not throw.
using PolicyChooser = std::function<std::shared_ptr<const Policy>(std::optional<std::string_view> server_name)>;

/// Told once for each connection whose mismatch `Mismatch::report` let through; `offer` is valid during the call. It
/// may be called in several threads at once, and must not throw.
using ReportHandler = std::function<void(const SSL* connection, const Offer& offer)>;

/// Servers of `context` answer as `policy` says. Takes the context's ALPN callback (`SSL_CTX_set_alpn_select_cb`), and
/// replaces what `set_policy` or `set_policies` said before; to be called before the first connection is made. The
/// context keeps `policy` and `on_report`. A program that changes the context by the server name
/// (`SSL_set_SSL_CTX`) sets a policy for each: the last one's counts.
void set_policy(SSL_CTX* context, std::shared_ptr<const Policy> policy, ReportHandler on_report = {});

/// The same with a policy for each server name, which is read in the same ClientHello as the offer: in a resumption
/// too, where `SSL_get_servername` has the session's name. Takes the context's ClientHello callback
/// (`SSL_CTX_set_client_hello_cb`) as well.
void set_policies(SSL_CTX* context, PolicyChooser chooser, ReportHandler on_report = {});

/// `connection`, a server's, answers with `protocol`, or without ALPN where it is nothing, whatever the policy of its
/// context says: for who learns elsewhere what to answer, such as from an upstream. A client that did not offer it gets
/// alert 120. Before the handshake. Takes the ALPN callback of the connection's context. Throws
/// `std::invalid_argument` for `h2c`, which is never selected inside TLS (RFC 9113 §3.2).
void set_answer(SSL* connection, std::optional<ProtocolIdView> protocol);

/// Clients of `context` that are made from now on offer `offer`.
void set_offer(SSL_CTX* context, const ProtocolList& offer);

/// `connection` offers `offer`, whatever its context says. Before the handshake.
void set_offer(SSL* connection, const ProtocolList& offer);

/// The protocol that was selected, on either side; nothing where none was. Valid as long as `connection`.
[[nodiscard]] std::optional<ProtocolIdView> selected(const SSL* connection) noexcept;

/// Judges the server's answer to what `set_offer` said, once the client's handshake is over and before a byte of the
/// protocol is sent: `simplon::check_answer` for what OpenSSL does not look at itself. "No answer" is a result of its
/// own; `simplon::require` makes an error of it, for a client that can't do without a protocol. After an error the
/// connection is to be closed. Valid as long as `connection`.
[[nodiscard]] std::expected<std::optional<ProtocolIdView>, WireError> check_answer(const SSL* connection) noexcept;

}  // namespace simplon::openssl
