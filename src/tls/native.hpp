// The TLS library's objects with owners. For the sources of this layer only: the one header here that includes OpenSSL.
#pragma once

#include "tls/certificate.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace simplon::tls {

/// Frees what it owns with the library's own function.
template <auto free_function>
struct Free {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    free_function(object);
  }
};

inline void free_general_names(GENERAL_NAMES* names) noexcept { GENERAL_NAMES_free(names); }

using BioOwner = std::unique_ptr<BIO, Free<BIO_free_all>>;
using X509Owner = std::unique_ptr<X509, Free<X509_free>>;
using StoreOwner = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using KeyOwner = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContextOwner = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using GeneralNamesOwner = std::unique_ptr<GENERAL_NAMES, Free<free_general_names>>;
using ExtensionOwner = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using SslContextOwner = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using SslOwner = std::unique_ptr<SSL, Free<SSL_free>>;

struct Certificate::Native {
  std::vector<X509Owner> chain;  ///< leaf first, at least one
  KeyOwner key;
  std::vector<std::string> names;
  std::chrono::sys_seconds not_after;
  KeyType key_type = KeyType::ecdsa;
  Digest fingerprint{};
  std::string file;
};

/// Fills in what `native` says of its own leaf and key. Fails with `unsupported_key` or `broken_pem`.
[[nodiscard]] std::expected<void, CertificateError> describe_leaf(Certificate::Native& native);

}  // namespace simplon::tls
