// What can be wrong with bytes from the wire, and the TLS alert that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace simplon {

/// TLS AlertDescription values (RFC 8446 §6, RFC 7301 §3.2).
enum class Alert : std::uint8_t {
  unexpected_message = 10,
  record_overflow = 22,
  handshake_failure = 40,
  illegal_parameter = 47,
  decode_error = 50,
  protocol_version = 70,
  internal_error = 80,
  missing_extension = 109,
  unsupported_extension = 110,
  unrecognized_name = 112,
  no_application_protocol = 120,
};

/// Everything that can be wrong with a protocol name, a protocol list, a ClientHello, or an answer to one.
enum class WireError : std::uint8_t {
  // A name or a list, on the wire or given by a caller.
  empty_name,      ///< a protocol name of no bytes
  name_too_long,   ///< a protocol name of more than 255 bytes
  empty_list,      ///< a protocol list without a name
  list_too_long,   ///< a protocol list of more than 65,535 bytes
  list_length,     ///< the list's length is not that of the extension's body
  truncated_name,  ///< a name reaches beyond the list
  duplicate_name,  ///< a client's own offer names a protocol twice
  h2c_offered,     ///< a client's own offer names `h2c`
  bad_escape,      ///< a name's text form is not one (`%XX` for all but plain characters)
  // An answer.
  answer_not_single,   ///< the server's answer holds more or less than one name
  answer_not_offered,  ///< the server's answer is not among the names offered
  answer_unasked,      ///< the server answered, though the client had not offered
  answer_missing,      ///< the client demands a protocol, and the server did not answer
  // A record or the handshake message in it.
  not_tls,             ///< the first bytes are no TLS record
  alert_received,      ///< the first record is an alert
  unexpected_content,  ///< another content type before the hello was whole
  empty_record,        ///< a handshake record without a byte of handshake
  record_too_long,     ///< a record fragment of more than 16,384 bytes
  not_client_hello,    ///< the first handshake message is of another type
  hello_too_large,     ///< the hello, or the records around it, exceed the limit
  malformed_hello,     ///< the ClientHello's own fields do not add up
  // Its extensions.
  duplicate_extension,  ///< an extension type stands twice
  malformed_extension,  ///< an extension's body does not add up
  // Building one.
  too_large_to_encode,  ///< a field is longer than its length prefix can say
};

/// The alert that tells the peer of `error`; none where the bytes were no TLS to begin with or the peer sent an alert
/// itself, so that the connection is closed without a word.
[[nodiscard]] std::optional<Alert> alert_of(WireError error) noexcept;

/// The sentence's place in the standards that `error` offends, such as "RFC 7301 §3.1".
[[nodiscard]] std::string_view section_of(WireError error) noexcept;

/// One line for a person, without a full stop.
[[nodiscard]] std::string_view describe(WireError error) noexcept;

/// The standard's name of `alert`, such as "no_application_protocol".
[[nodiscard]] std::string_view name_of(Alert alert) noexcept;

}  // namespace simplon
