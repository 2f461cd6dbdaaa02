// Who is trusted to issue the other end's certificate. For the sources of this layer only.
#pragma once

#include "tls/native.hpp"

#include <expected>
#include <filesystem>
#include <vector>

namespace simplon::tls {

/// The certificates of a PEM file, made ready to verify others with.
struct Authorities {
  StoreOwner store;
  std::vector<X509Owner> certificates;
  Digest digest{};  ///< of all of them, in their order

  /// Fails like `read_certificates`, or with `missing_file` or `unreadable_file`.
  [[nodiscard]] static std::expected<Authorities, CertificateError> read(const std::filesystem::path& path);
};

/// Has connections of `context` verify the other end's certificate with them, and with nothing else.
void trust(SSL_CTX& context, const Authorities& authorities);

/// Has connections of `context`, a server's, demand a certificate that one of them issued, and say which they are
/// (RFC 8446 §4.2.4).
void demand_certificate(SSL_CTX& context, const Authorities& authorities);

}  // namespace simplon::tls
