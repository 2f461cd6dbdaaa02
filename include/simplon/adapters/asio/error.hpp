// What can go wrong with a handshake, as Boost.Asio's programs take it: error codes of a category of our own.
#pragma once

#include "simplon/alpn/error.hpp"

#include <string>
#include <type_traits>

#include <boost/system/error_code.hpp>

namespace simplon {

/// What ends a handshake beside `WireError` and the errors of Asio and of the TLS library. The values lie above those
/// that `make_error_code(WireError)` gives.
enum class HandshakeError : int {
  no_common_protocol = 101,  ///< the client offered none of the server's protocols; it got alert 120 (RFC 7301 §3.2)
  protocol_refused,          ///< the server has none of the protocols offered: it sent alert 120 (RFC 7301 §3.2)
  protocol_missing,          ///< the client sent no ALPN extension, and the server serves nobody without
  timed_out,                 ///< the handshake was not over in time; also `boost::system::errc::timed_out`
  answer_differs,            ///< the client of a mirror got another protocol than the upstream had selected
};

/// The category "simplon" of both enumerations. A message ends with the section of the standard that was offended,
/// where one was.
[[nodiscard]] const boost::system::error_category& error_category() noexcept;

/// `error` as an error code of `error_category()`.
[[nodiscard]] inline boost::system::error_code make_error_code(HandshakeError error) noexcept {
  return {static_cast<int>(error), error_category()};
}

/// `error` as an error code of `error_category()`, whose value is one above the enumeration's: zero means success.
[[nodiscard]] inline boost::system::error_code make_error_code(WireError error) noexcept {
  return {static_cast<int>(error) + 1, error_category()};
}

/// @cond
namespace asio_detail {

class ErrorCategory final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "simplon"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<HandshakeError>(value)) {
      case HandshakeError::no_common_protocol:
        return "the client offered no protocol that is served (RFC 7301 §3.2)";
      case HandshakeError::protocol_refused:
        return "the server has none of the protocols offered (RFC 7301 §3.2)";
      case HandshakeError::protocol_missing:
        return "the client offered no protocol at all (RFC 7301 §3.1)";
      case HandshakeError::timed_out:
        return "the handshake was not over in time";
      case HandshakeError::answer_differs:
        return "the client got another protocol than the upstream had selected (RFC 7301 §3.2)";
    }
    const auto error = static_cast<WireError>(value - 1);
    return std::string(describe(error)).append(" (").append(section_of(error)).append(")");
  }

  [[nodiscard]] boost::system::error_condition default_error_condition(int value) const noexcept override {
    if (static_cast<HandshakeError>(value) == HandshakeError::timed_out) return boost::system::errc::timed_out;
    return {value, *this};
  }
};

}  // namespace asio_detail
/// @endcond

inline const boost::system::error_category& error_category() noexcept {
  static const asio_detail::ErrorCategory category;
  return category;
}

}  // namespace simplon

/// @cond
template <>
struct boost::system::is_error_code_enum<simplon::HandshakeError> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<simplon::WireError> : std::true_type {};
/// @endcond
