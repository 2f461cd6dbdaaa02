#include "simplon/alpn/error.hpp"

namespace simplon {

namespace {

struct Row {
  std::optional<Alert> alert;
  std::string_view section;
  std::string_view description;
};

// One switch without a default, so that the compiler asks for a row when an error is added.
constexpr Row row_of(WireError error) noexcept {
  using enum WireError;
  switch (error) {
    case empty_name:
      return {Alert::decode_error, "RFC 7301 §3.1", "a protocol name is empty"};
    case name_too_long:
      return {Alert::decode_error, "RFC 7301 §3.1", "a protocol name is longer than 255 bytes"};
    case empty_list:
      return {Alert::decode_error, "RFC 7301 §3.1", "the protocol list is empty"};
    case list_too_long:
      return {Alert::decode_error, "RFC 7301 §3.1", "the protocol list is longer than 65,535 bytes"};
    case list_length:
      return {Alert::decode_error, "RFC 7301 §3.1", "the protocol list's length is not that of its extension"};
    case truncated_name:
      return {Alert::decode_error, "RFC 7301 §3.1", "a protocol name reaches beyond its list"};
    case duplicate_name:
      return {Alert::illegal_parameter, "RFC 7301 §3.1", "a protocol is offered twice"};
    case h2c_offered:
      return {Alert::illegal_parameter, "RFC 9113 §3.2", "h2c is never used inside TLS"};
    case bad_escape:
      return {Alert::decode_error, "RFC 7301 §6",
              "not a protocol name in text form: bytes other than 0x21 to 0x7E, and % , \" \\, are written %XX"};
    case answer_not_single:
      return {Alert::decode_error, "RFC 7301 §3.1", "the server's answer does not hold exactly one name"};
    case answer_not_offered:
      return {Alert::illegal_parameter, "RFC 7301 §3.1", "the server selected a protocol that was not offered"};
    case answer_unasked:
      return {Alert::unsupported_extension, "RFC 8446 §4.2", "the server selected a protocol without an offer"};
    case answer_missing:
      return {Alert::no_application_protocol, "RFC 7301 §3.2", "the server selected no protocol"};
    case not_tls:
      return {std::nullopt, "RFC 8446 §5.1", "not a TLS record"};
    case alert_received:
      return {std::nullopt, "RFC 8446 §6", "the client sent an alert instead of a ClientHello"};
    case unexpected_content:
      return {Alert::unexpected_message, "RFC 8446 §5.1", "another content type before the ClientHello was whole"};
    case empty_record:
      return {Alert::unexpected_message, "RFC 8446 §5.1", "a handshake record of no bytes"};
    case record_too_long:
      return {Alert::record_overflow, "RFC 8446 §5.1", "a record of more than 16,384 bytes"};
    case not_client_hello:
      return {Alert::unexpected_message, "RFC 8446 §4", "the first handshake message is no ClientHello"};
    case hello_too_large:
      return {Alert::decode_error, "RFC 8446 §4.1.2", "the ClientHello is larger than the limit"};
    case malformed_hello:
      return {Alert::decode_error, "RFC 8446 §4.1.2", "the ClientHello's lengths do not add up"};
    case duplicate_extension:
      return {Alert::illegal_parameter, "RFC 8446 §4.2", "an extension stands twice"};
    case malformed_extension:
      return {Alert::decode_error, "RFC 8446 §4.2", "an extension's body does not add up"};
    case too_large_to_encode:
      return {Alert::internal_error, "RFC 8446 §3.4", "a field is longer than its length prefix can say"};
  }
  return {Alert::internal_error, "RFC 8446 §6", "an error without a name"};
}

}  // namespace

std::optional<Alert> alert_of(WireError error) noexcept { return row_of(error).alert; }
std::string_view section_of(WireError error) noexcept { return row_of(error).section; }
std::string_view describe(WireError error) noexcept { return row_of(error).description; }

std::string_view name_of(Alert alert) noexcept {
  switch (alert) {
    case Alert::unexpected_message:
      return "unexpected_message";
    case Alert::record_overflow:
      return "record_overflow";
    case Alert::handshake_failure:
      return "handshake_failure";
    case Alert::illegal_parameter:
      return "illegal_parameter";
    case Alert::decode_error:
      return "decode_error";
    case Alert::protocol_version:
      return "protocol_version";
    case Alert::internal_error:
      return "internal_error";
    case Alert::missing_extension:
      return "missing_extension";
    case Alert::unsupported_extension:
      return "unsupported_extension";
    case Alert::unrecognized_name:
      return "unrecognized_name";
    case Alert::no_application_protocol:
      return "no_application_protocol";
  }
  return "unknown_alert";
}

}  // namespace simplon
