// The inside of a client's context. For the sources of this layer only.
#pragma once

#include "tls/client_context.hpp"
#include "tls/native.hpp"
#include "tls/session_store.hpp"

namespace simplon::tls {

struct ClientContext::Native {
  SessionStore sessions;
  SslContextOwner context;
  bool verify = true;
};

/// Has sessions made on `context` go to the store of their connection's context.
void keep_sessions(SSL_CTX& context);

}  // namespace simplon::tls
