#include "tls/client_context.hpp"

#include "tls/client_native.hpp"
#include "tls/connection_state.hpp"
#include "tls/server_context.hpp"

#include <string>
#include <utility>

#include <openssl/err.h>

namespace simplon::tls {

namespace {

std::expected<void, CertificateError> trust(SSL_CTX& context, const std::filesystem::path& authorities) {
  if (authorities.empty()) {
    require_success(SSL_CTX_set_default_verify_paths(&context) == 1);
    return {};
  }
  std::error_code error;
  if (!std::filesystem::exists(authorities, error)) {
    return std::unexpected(CertificateError{CertificateError::Code::missing_file, authorities.string(),
                                            "there is no such file; name the PEM file of the authorities that issue "
                                            "the backend's certificate"});
  }
  if (SSL_CTX_load_verify_locations(&context, authorities.c_str(), nullptr) == 1) return {};
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string message = std::string("no certificates can be read from it (") +
                        (reason != nullptr ? reason : "no reason given") + "); it must hold PEM blocks of CERTIFICATE";
  ERR_clear_error();
  return std::unexpected(CertificateError{CertificateError::Code::not_pem, authorities.string(), std::move(message)});
}

}  // namespace

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
    if (auto trusted = trust(context, settings.authorities); !trusted) return std::unexpected(trusted.error());
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
