// ALPN as programs have it that were written with nothing but the TLS library's manual: what ours is compared with.
#pragma once

#include <cstddef>
#include <string_view>

#include <gnutls/gnutls.h>
#include <openssl/ssl.h>

namespace simplon::by_hand {

/// The protocol of ours that `names`, each behind its length, has first in our order; empty where it has none.
std::string_view select(const unsigned char* names, std::size_t size);

/// `select` of the ALPN extension in the ClientHello at `record`; empty where there is none. It looks at one record and
/// trusts its lengths, but never reads beyond `size`.
std::string_view read_and_select(const unsigned char* record, std::size_t size);

/// `select` of the ALPN extension that OpenSSL found; for its ClientHello callback only.
std::string_view select_of_extension(SSL* connection);

/// For `SSL_CTX_set_alpn_select_cb`, as OpenSSL's manual has it.
int answer_offer(SSL* connection, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                 unsigned in_size, void* unused);

/// A client's offer of our protocols.
bool offer(SSL_CTX* context);
/// Whether one of our protocols was selected.
bool check_answer(const SSL* connection);

/// Our protocols, whichever side `session` is.
bool set_protocols(gnutls_session_t session, unsigned flags);
/// Whether one of our protocols was selected.
bool check_answer(gnutls_session_t session);

}  // namespace simplon::by_hand
