// How one route's backends are spoken to over TLS.
#pragma once

#include "tls/certificate.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>

namespace simplon::tls {

/// What a route wants of its backends.
struct ClientSettings {
  bool verify = true;                      ///< the backend's certificate, and that it is for the name asked for
  std::filesystem::path authorities;       ///< PEM of those trusted to issue it; empty: the system's
  std::optional<Certificate> certificate;  ///< ours, for backends that ask for one
};

/// A context to make ClientConnections from, which it must outlive, with the sessions to resume. May be used from any
/// thread.
class ClientContext {
 public:
  /// Fails with `missing_file`, `unreadable_file`, `not_pem`, `broken_pem` or `refused`.
  [[nodiscard]] static std::expected<ClientContext, CertificateError> make(const ClientSettings& settings);

  ClientContext(ClientContext&&) noexcept;
  ClientContext& operator=(ClientContext&&) noexcept;
  ~ClientContext();

  /// The library's objects, for the rest of this layer.
  struct Native;
  [[nodiscard]] Native& native() const noexcept { return *native_; }

 private:
  explicit ClientContext(std::unique_ptr<Native> native) noexcept;

  std::unique_ptr<Native> native_;
};

}  // namespace simplon::tls
