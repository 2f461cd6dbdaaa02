// A server's answer to the ALPN extension, in its handshake messages. For the sources of this layer only.
#pragma once

#include "simplon/alpn/bytes.hpp"

#include <optional>

namespace simplon::tls {

/// The body of the application_layer_protocol_negotiation extension in `message`, a handshake message with its header:
/// in EncryptedExtensions (RFC 8446 §4.3.1), or in ServerHello, where TLS 1.2 has it (RFC 7301 §3.1). Nothing where
/// there is none, and where the message can't be read: that is for the TLS library to say.
[[nodiscard]] std::optional<Bytes> find_answer(Bytes message) noexcept;

}  // namespace simplon::tls
