// The extensions block of a ClientHello: the shapes of the bodies that are looked into, and that no type stands twice.
#pragma once

#include "simplon/hello/client_hello.hpp"

#include <expected>

namespace simplon {

/// Reads the block without the two-byte length before it and fills in `hello.extensions` and what follows it there.
/// Fails with `malformed_hello`, `duplicate_extension`, `malformed_extension` or what `ProtocolListView::parse` says.
[[nodiscard]] std::expected<void, WireError> parse_extensions(Bytes block, ClientHelloView& hello) noexcept;

}  // namespace simplon
