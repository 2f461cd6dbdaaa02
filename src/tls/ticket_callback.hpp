// Tickets sealed with keys of ours instead of a context's own. For the sources of this layer only.
#pragma once

#include "tls/library/native.hpp"
#include "tls/native.hpp"
#include "tls/ticket_keys.hpp"

#include <memory>

namespace simplon::tls {

/// Has the library seal and open the tickets of `context`'s connections with `keys`, which it keeps alive. Throws
/// std::bad_alloc where memory is out.
void use_ticket_keys(SSL_CTX& context, std::shared_ptr<TicketKeys> keys);

/// What the library asks for each ticket of a context that uses ticket keys. While `sealing`: chooses `name` and `iv`
/// (of 16 bytes each) and sets up `cipher` and `mac`. Else: sets up both for the ticket that has them. Returns what the
/// library's callback returns: negative where it failed, 0 for no ticket, 1 for a good one, 2 for one to be replaced.
[[nodiscard]] int use_ticket_key(SSL& ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX& cipher,
                                 const library::TicketMac& mac, bool sealing);

}  // namespace simplon::tls
