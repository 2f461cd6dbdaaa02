#include "tls/authorities.hpp"

#include "tls/connection_state.hpp"
#include "tls/pem.hpp"

#include <array>
#include <utility>

namespace simplon::tls {

std::expected<Authorities, CertificateError> Authorities::read(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  auto certificates = read_certificates(*text, path.native());
  if (!certificates) return std::unexpected(certificates.error());
  Authorities made{.store = StoreOwner(X509_STORE_new()), .certificates = std::move(*certificates)};
  require_success(made.store != nullptr);
  ByteWriter fingerprints;
  for (const X509Owner& certificate : made.certificates) {
    require_success(X509_STORE_add_cert(made.store.get(), certificate.get()) == 1);
    Digest fingerprint{};
    unsigned size = 0;
    require_success(
        X509_digest(certificate.get(), EVP_sha256(), reinterpret_cast<unsigned char*>(fingerprint.data()), &size) == 1);
    fingerprints.write(fingerprint);
  }
  made.digest = sha256(fingerprints.bytes());
  return made;
}

void trust(SSL_CTX& context, const Authorities& authorities) {
  require_success(SSL_CTX_set1_verify_cert_store(&context, authorities.store.get()) == 1);
}

void demand_certificate(SSL_CTX& context, const Authorities& authorities) {
  trust(context, authorities);
  for (const X509Owner& certificate : authorities.certificates)
    require_success(SSL_CTX_add_client_CA(&context, certificate.get()) == 1);
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

}  // namespace simplon::tls
