#include "record/reason.hpp"

#include "record/connection.hpp"

namespace simplon::record {

std::string_view name_of(Reason reason) noexcept {
  switch (reason) {
#define SIMPLON_NAME(name) \
  case Reason::name:       \
    return #name
    case Reason::none:
      return "";
      SIMPLON_NAME(no_common_protocol);
      SIMPLON_NAME(no_alpn_offered);
      SIMPLON_NAME(tls_version);
      SIMPLON_NAME(unknown_server_name);
      SIMPLON_NAME(missing_server_name);
      SIMPLON_NAME(reject_route);
      SIMPLON_NAME(proxy_source_untrusted);
      SIMPLON_NAME(proxy_header_missing);
      SIMPLON_NAME(proxy_header_broken);
      SIMPLON_NAME(not_tls);
      SIMPLON_NAME(plain_http);
      SIMPLON_NAME(alert_received);
      SIMPLON_NAME(malformed_hello);
      SIMPLON_NAME(duplicate_extension);
      SIMPLON_NAME(unexpected_message);
      SIMPLON_NAME(record_overflow);
      SIMPLON_NAME(hello_too_large);
      SIMPLON_NAME(hello_timeout);
      SIMPLON_NAME(client_closed);
      SIMPLON_NAME(too_many_connections);
      SIMPLON_NAME(too_many_per_client);
      SIMPLON_NAME(too_many_new_per_client);
      SIMPLON_NAME(too_many_handshakes);
      SIMPLON_NAME(handshake_failed);
      SIMPLON_NAME(handshake_timeout);
      SIMPLON_NAME(client_certificate);
      SIMPLON_NAME(negotiation_changed);
      SIMPLON_NAME(no_challenge);
      SIMPLON_NAME(backend_unreachable);
      SIMPLON_NAME(backend_timeout);
      SIMPLON_NAME(backend_handshake_failed);
      SIMPLON_NAME(backend_certificate);
      SIMPLON_NAME(backend_protocol);
      SIMPLON_NAME(idle_timeout);
      SIMPLON_NAME(client_reset);
      SIMPLON_NAME(backend_reset);
      SIMPLON_NAME(protocol_violation);
      SIMPLON_NAME(request_timeout);
      SIMPLON_NAME(bad_request);
      SIMPLON_NAME(flood);
      SIMPLON_NAME(misdirected);
      SIMPLON_NAME(bad_response);
      SIMPLON_NAME(overloaded);
      SIMPLON_NAME(drained);
      SIMPLON_NAME(internal);
#undef SIMPLON_NAME
  }
  return "internal";
}

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::terminated:
      return "terminated";
    case Verdict::rejected:
      return "rejected";
    case Verdict::failed:
      return "failed";
  }
  return "failed";
}

Reason reason_of(route::Refusal refusal) noexcept {
  switch (refusal) {
    case route::Refusal::no_common_protocol:
      return Reason::no_common_protocol;
    case route::Refusal::no_alpn_offered:
      return Reason::no_alpn_offered;
    case route::Refusal::tls_version:
      return Reason::tls_version;
    case route::Refusal::unknown_server_name:
      return Reason::unknown_server_name;
    case route::Refusal::missing_server_name:
      return Reason::missing_server_name;
    case route::Refusal::reject_route:
      return Reason::reject_route;
  }
  return Reason::internal;
}

Reason reason_of(WireError error) noexcept {
  switch (error) {
    case WireError::not_tls:
      return Reason::not_tls;
    case WireError::alert_received:
      return Reason::alert_received;
    case WireError::unexpected_content:
    case WireError::empty_record:
    case WireError::not_client_hello:
      return Reason::unexpected_message;
    case WireError::record_too_long:
      return Reason::record_overflow;
    case WireError::hello_too_large:
      return Reason::hello_too_large;
    case WireError::duplicate_extension:
      return Reason::duplicate_extension;
    default:
      return Reason::malformed_hello;
  }
}

}  // namespace simplon::record
