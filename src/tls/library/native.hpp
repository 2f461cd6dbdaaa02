// What OpenSSL, AWS-LC and BoringSSL do each in their own way. One source for each library, chosen by SIMPLON_TLS, so
// that nothing else in this layer asks which one it is. For the sources of this layer only.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace simplon::tls::library {

/// The reason of the thread's earliest error, in words; empty where there is no error.
[[nodiscard]] std::string reason_of_error();

/// SHA-256, found once.
[[nodiscard]] const EVP_MD* sha256() noexcept;

/// The registry's name of the group that the key exchange used, in small letters as OpenSSL has it, such as "x25519".
[[nodiscard]] std::optional<std::string_view> group_of(const SSL& ssl) noexcept;

/// Sets the suites of TLS 1.3, joined by colons, the best first where the library takes an order. False where it can't
/// be held to these.
[[nodiscard]] bool set_tls_1_3_suites(SSL_CTX& context, const char* names);
/// Whether ChaCha20-Poly1305 goes first for a client that has it first, because such a client has no fast AES. Some
/// libraries always do so.
void heed_chacha_first(SSL_CTX& context, bool wanted);

/// Whether a context can hold a certificate of each type of key, for the client's algorithms to choose among.
[[nodiscard]] bool holds_several_certificates() noexcept;

/// Has the end of a TCP stream without close_notify ended our reading alone, where the library would end the whole.
void outlive_bare_end(SSL_CTX& context);

/// Reads up to `size` bytes of the socket at once from now on, where the library can read ahead.
void enlarge_reads(SSL& ssl, std::size_t size);
/// Has the library offer its key for sending to the BIO (`KernelSender::keep_key`), where it can.
void offer_kernel_key(SSL_CTX& context);
/// Whether the peer has asked for a new key, which the next write would go under (RFC 8446 §4.6.3).
[[nodiscard]] bool owes_new_key(const SSL& ssl) noexcept;

/// Whether the handshake message that was just written is a ticket that no other message follows.
[[nodiscard]] bool is_ticket_alone(const SSL& ssl) noexcept;

/// Before a ClientHello is read, the second one too: has the library take one of more than 16 KiB.
void begin_hello(SSL& ssl);
/// When it has been read.
void end_hello(SSL& ssl);

/// The MAC of a ticket, which is HMAC with SHA-256.
struct TicketMac;
/// Sets its key. False where the library fails.
[[nodiscard]] bool set_key(const TicketMac& mac, Bytes key);
/// Has the library ask `use_ticket_key` for the key of each ticket.
void ask_for_ticket_keys(SSL_CTX& context);

}  // namespace simplon::tls::library
