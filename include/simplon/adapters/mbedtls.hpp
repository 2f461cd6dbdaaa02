// ALPN for programs on Mbed TLS (2.28 or newer). It sets the protocols of configurations that the program makes and
// keeps; handshakes, input and output stay the program's.
#pragma once

#include "simplon/alpn/offer.hpp"
#include "simplon/alpn/policy.hpp"

#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include <mbedtls/ssl.h>

/// The policy on Mbed TLS, as far as it can say it: names without a zero byte, the server's order, alert 120 for a
/// mismatch, and one policy for each configuration, for it has no way to choose by the server name. What goes beyond is
/// refused at set-up: the error says what can't be done, as a sentence that lives as long as the program. Set-up throws
/// `std::bad_alloc` where memory runs out.
namespace simplon::mbedtls {

/// Names as Mbed TLS takes them, which does not copy them: to be kept as long as the configuration. May be moved.
class Protocols {
 public:
  Protocols(Protocols&&) noexcept = default;             ///< the names stay where they are
  Protocols& operator=(Protocols&&) noexcept = default;  ///< likewise
  Protocols(const Protocols&) = delete;
  Protocols& operator=(const Protocols&) = delete;
  ~Protocols() = default;

 private:
  friend std::expected<Protocols, std::string_view> set_protocols(mbedtls_ssl_config* configuration,
                                                                  ProtocolListView names);
  Protocols() = default;

  std::vector<char> text_;             // every name with a zero byte behind it
  std::vector<const char*> pointers_;  // to them, and a null pointer
};

/// Servers of `configuration` answer as `policy` says; it need not be kept. Fails where the policy has another order
/// than the server's, another answer to a mismatch than `Mismatch::reject`, or a name with a zero byte.
[[nodiscard]] std::expected<Protocols, std::string_view> set_policy(mbedtls_ssl_config* configuration,
                                                                    const Policy& policy);

/// Clients of `configuration` offer `offer`. Fails where a name has a zero byte.
[[nodiscard]] std::expected<Protocols, std::string_view> set_offer(mbedtls_ssl_config* configuration,
                                                                   const ProtocolList& offer);

/// The protocol that was selected, on either side; nothing where none was. Valid as long as the configuration's
/// `Protocols`.
[[nodiscard]] std::optional<ProtocolIdView> selected(const mbedtls_ssl_context* connection) noexcept;

/// The server's answer once the client's handshake is over, or nothing; never an error, for Mbed TLS ends the handshake
/// over an answer that RFC 7301 §3.1 does not allow. `simplon::require` makes an error of nothing, for a client that
/// can't do without a protocol. Valid like `selected`.
[[nodiscard]] std::expected<std::optional<ProtocolIdView>, WireError> check_answer(
    const mbedtls_ssl_context* connection) noexcept;

}  // namespace simplon::mbedtls
