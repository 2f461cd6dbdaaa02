// ALPN for programs on GnuTLS (3.7 or newer). It sets a hook of sessions that the program makes and keeps; handshakes,
// alerts (`gnutls_alert_send_appropriate`), input and output stay the program's.
#pragma once

#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <gnutls/gnutls.h>

/// The policy on GnuTLS. A session's handshake hook (`gnutls_handshake_set_hook_function`) is taken, and its protocols
/// (`gnutls_alpn_set_protocols`) are set here and nowhere else. Set-up functions are to be called once for each
/// session, before its handshake; they throw `std::bad_alloc` where memory runs out, and their error says what can't be
/// done, as a sentence that lives as long as the program. GnuTLS knows names of 31 bytes at most, and 8 of them in an
/// offer.
namespace simplon::gnutls {

/// The policy for a server name: in lower case, without a trailing dot, as `ServerName` has it; nothing where the
/// client sent none or what is no host name. A null pointer ends the handshake: with `GNUTLS_E_UNRECOGNIZED_NAME` where
/// a name was sent (RFC 6066 §3), else with `GNUTLS_E_MISSING_EXTENSION`. It must not throw. A policy with names that
/// are too long for GnuTLS ends the handshake with `GNUTLS_E_INVALID_REQUEST` where one of them would be selected.
using PolicyChooser = std::function<std::shared_ptr<const Policy>(std::optional<std::string_view> server_name)>;

/// Told once for each connection whose mismatch `Mismatch::report` let through; `offer` is valid during the call. It
/// must not throw.
using ReportHandler = std::function<void(gnutls_session_t session, const Offer& offer)>;

/// The server `session` answers as `policy` says, and keeps it. Where the client is to be refused, `gnutls_handshake`
/// fails with the error for which GnuTLS has the right alert.
[[nodiscard]] std::expected<void, std::string_view> set_policy(gnutls_session_t session,
                                                               std::shared_ptr<const Policy> policy,
                                                               ReportHandler on_report = {});

/// The same with a policy for each server name, which is read in the same ClientHello as the offer, in a resumption
/// too.
[[nodiscard]] std::expected<void, std::string_view> set_policies(gnutls_session_t session, PolicyChooser chooser,
                                                                 ReportHandler on_report = {});

/// The client `session` offers `offer`, and refuses an answer that RFC 7301 §3.1 does not allow: GnuTLS by itself takes
/// one that was not offered for none.
[[nodiscard]] std::expected<void, std::string_view> set_offer(gnutls_session_t session, const ProtocolList& offer);

/// The protocol that was selected, on either side; nothing where none was. Valid as long as `session`.
[[nodiscard]] std::optional<ProtocolIdView> selected(gnutls_session_t session) noexcept;

/// What came of the client's offer: after the handshake the server's answer, or nothing; after one that failed what was
/// wrong with the answer, if that was it. `simplon::require` makes an error of nothing, for a client that can't do
/// without a protocol. Valid as long as `session`.
[[nodiscard]] std::expected<std::optional<ProtocolIdView>, WireError> check_answer(gnutls_session_t session) noexcept;

}  // namespace simplon::gnutls
