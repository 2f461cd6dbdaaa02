// A client's request made fit for a backend.
#pragma once

#include "serve/http/message.hpp"

#include <string_view>

namespace simplon::serve::http {

/// Removes from `request` what concerned the client's connection only (RFC 9110 §7.6.1) and whatever it said about
/// itself that is ours to say; adds X-Forwarded-For, -Proto and -Host, Forwarded (RFC 7239) and Via (RFC 9110 §7.6.3).
/// `client` is an IP address without a port, an IPv6 one without brackets. `to_http2`: the backend speaks HTTP/2.
void make_forwardable(Request& request, std::string_view client, bool to_http2);

}  // namespace simplon::serve::http
