#include "tls/client_context.hpp"

#include "tls/authorities.hpp"
#include "tls/client_native.hpp"
#include "tls/connection_state.hpp"
#include "tls/server_context.hpp"

#include <utility>

#include <openssl/err.h>

namespace simplon::tls {

std::expected<ClientContext, CertificateError> ClientContext::make(const ClientSettings& settings) {
  ERR_clear_error();
  auto native = std::make_unique<Native>();
  native->verify = settings.verify;
  native->context.reset(SSL_CTX_new(TLS_client_method()));
  require_success(native->context != nullptr);
  SSL_CTX& context = *native->context;
  require_success(SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1);
  set_connection_options(context);
  if (settings.verify) {
    if (settings.authorities.empty()) {
      require_success(SSL_CTX_set_default_verify_paths(&context) == 1);
    } else {
      const auto authorities = Authorities::read(settings.authorities);
      if (!authorities) return std::unexpected(authorities.error());
      trust(context, *authorities);
    }
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
  }
  if (settings.certificate) {
    if (auto used = use_certificate(context, *settings.certificate); !used) return std::unexpected(used.error());
  }
  SSL_CTX_set_app_data(&context, &native->sessions);
  keep_sessions(context);
  observe_messages(context);
  return ClientContext(std::move(native));
}

ClientContext::ClientContext(std::unique_ptr<Native> native) noexcept : native_(std::move(native)) {}
ClientContext::ClientContext(ClientContext&&) noexcept = default;
ClientContext& ClientContext::operator=(ClientContext&&) noexcept = default;
ClientContext::~ClientContext() = default;

}  // namespace simplon::tls
