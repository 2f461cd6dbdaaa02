// Tickets sealed with keys of ours instead of a context's own. For the sources of this layer only.
#pragma once

#include "tls/native.hpp"
#include "tls/ticket_keys.hpp"

#include <memory>

namespace simplon::tls {

/// Has the library seal and open the tickets of `context`'s connections with `keys`, which it keeps alive. Throws
/// std::bad_alloc where memory is out.
void use_ticket_keys(SSL_CTX& context, std::shared_ptr<TicketKeys> keys);

}  // namespace simplon::tls
