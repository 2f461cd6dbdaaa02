// The inspector: what this client offered, what it got, and why; as a page or as JSON.
#pragma once

#include "serve/http/message.hpp"
#include "serve/inspect/facts.hpp"

namespace simplon::serve::inspect {

/// Answers `request` on the connection that `facts` tell of: the page at `/`, the same facts as JSON there for who
/// accepts application/json or asks with `?format=json`, and at `/json`; 404 elsewhere, 405 for other methods than
/// GET and HEAD.
[[nodiscard]] http::Response respond(const Facts& facts, const http::Request& request);

}  // namespace simplon::serve::inspect
