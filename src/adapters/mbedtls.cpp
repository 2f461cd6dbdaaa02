#include "simplon/adapters/mbedtls.hpp"

#include <cstring>

namespace simplon::mbedtls {

std::expected<Protocols, std::string_view> set_protocols(mbedtls_ssl_config* configuration, ProtocolListView names) {
  Protocols made;
  for (const ProtocolIdView id : names) {
    if (id.bytes().contains('\0')) return std::unexpected("Mbed TLS knows no protocol names with a zero byte");
    made.text_.insert(made.text_.end(), id.bytes().begin(), id.bytes().end());
    made.text_.push_back('\0');
  }
  for (const char* name = made.text_.data(); name != made.text_.data() + made.text_.size();
       name += std::strlen(name) + 1)
    made.pointers_.push_back(name);
  made.pointers_.push_back(nullptr);
  if (mbedtls_ssl_conf_alpn_protocols(configuration, made.pointers_.data()) != 0)
    return std::unexpected("Mbed TLS refuses the protocols");
  return made;
}

std::expected<Protocols, std::string_view> set_policy(mbedtls_ssl_config* configuration, const Policy& policy) {
  if (policy.order() != Order::server) return std::unexpected("Mbed TLS knows no other order than the server's");
  if (policy.mismatch() != Mismatch::reject)
    return std::unexpected("Mbed TLS has no other answer to a mismatch than to reject it");
  return set_protocols(configuration, policy.preferences().names());
}

std::expected<Protocols, std::string_view> set_offer(mbedtls_ssl_config* configuration, const ProtocolList& offer) {
  return set_protocols(configuration, offer.view());
}

std::optional<ProtocolIdView> selected(const mbedtls_ssl_context* connection) noexcept {
  const char* const protocol = mbedtls_ssl_get_alpn_protocol(connection);
  if (protocol == nullptr) return std::nullopt;
  const auto name = ProtocolIdView::from(protocol);
  return name ? std::optional(*name) : std::nullopt;
}

std::expected<std::optional<ProtocolIdView>, WireError> check_answer(const mbedtls_ssl_context* connection) noexcept {
  return selected(connection);
}

}  // namespace simplon::mbedtls
