// A client's request made fit for a backend.
#pragma once

#include "serve/http/message.hpp"

#include <string>
#include <string_view>

namespace simplon::serve::http {

/// The client, as a backend is told of it.
struct Sender {
  std::string address;           ///< of IP without a port, an IPv6 one without brackets
  std::string certificate;       ///< the value of Client-Cert (RFC 9440 §2.2); empty where none was verified
  std::string certificate_name;  ///< with it, that of X-SSL-Client-CN; may be empty
};

/// A certificate's name as the value of a field: what is no visible ASCII, "%", and space at either end as %XX.
[[nodiscard]] std::string escape_name(std::string_view name);

/// Removes from `request` what concerned the client's connection only (RFC 9110 §7.6.1) and whatever it said about
/// itself that is ours to say; adds X-Forwarded-For, -Proto and -Host, Forwarded (RFC 7239), Via (RFC 9110 §7.6.3), and
/// Client-Cert and X-SSL-Client-CN. `to_http2`: the backend speaks HTTP/2.
void make_forwardable(Request& request, const Sender& client, bool to_http2);

}  // namespace simplon::serve::http
