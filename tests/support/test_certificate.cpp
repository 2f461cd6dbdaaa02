#include "support/test_certificate.hpp"

#include <functional>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace simplon::test {

namespace {

template <auto free_function>
struct Free {
  template <typename Object>
  void operator()(Object* object) const {
    free_function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::runtime_error(what);
}

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;

Key generate(int type, const std::function<int(EVP_PKEY_CTX*)>& set_size) {
  const KeyContext context(EVP_PKEY_CTX_new_id(type, nullptr));
  EVP_PKEY* key = nullptr;
  require(context && EVP_PKEY_keygen_init(context.get()) == 1 && set_size(context.get()) == 1 &&
              EVP_PKEY_keygen(context.get(), &key) == 1,
          "key");
  return Key(key);
}

Key make_rsa_key(int bits) {
  return generate(EVP_PKEY_RSA, [=](EVP_PKEY_CTX* context) { return EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits); });
}

Key make_key(TestKey kind) {
  switch (kind) {
    case TestKey::ecdsa_p256:
      return generate(EVP_PKEY_EC, [](EVP_PKEY_CTX* context) {
        return EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1);
      });
    case TestKey::rsa_2048:
      return make_rsa_key(2048);
    case TestKey::rsa_1024:
      return make_rsa_key(1024);
    case TestKey::ed25519:
      return generate(EVP_PKEY_ED25519, [](EVP_PKEY_CTX*) { return 1; });
  }
  throw std::runtime_error("unknown kind of key");
}

void add_names(X509& certificate, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "DNS:" : ",DNS:") + name;
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_nconf_nid(nullptr, nullptr, NID_subject_alt_name, text.c_str()));
  require(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, "subject alternative names");
}

std::string text_of(const Bio& bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TestCertificate make_test_certificate(const TestCertificateOptions& options) {
  const Key key = make_key(options.key);
  const std::unique_ptr<X509, Free<X509_free>> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -48L * 60 * 60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.expires_in_seconds);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  // As it is: of text the library would refuse more than 64 characters (RFC 5280 Appendix A.1).
  const auto* const name = reinterpret_cast<const unsigned char*>(options.common_name.data());
  require(options.common_name.empty() ||
              X509_NAME_add_entry_by_txt(subject, "CN", V_ASN1_UTF8STRING, name,
                                         static_cast<int>(options.common_name.size()), -1, 0) == 1,
          "common name");
  X509_set_issuer_name(certificate.get(), subject);
  add_names(*certificate, options.names);
  const EVP_MD* digest = options.key == TestKey::ed25519 ? nullptr : EVP_sha256();
  require(X509_sign(certificate.get(), key.get(), digest) > 0, "signature");

  const Bio chain(BIO_new(BIO_s_mem()));
  const Bio secret(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(chain.get(), certificate.get()) == 1, "certificate as PEM");
  require(PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "key as PEM");
  return {text_of(chain), text_of(secret)};
}

std::string encrypt_key(const TestCertificate& certificate, std::string passphrase) {
  const Bio plain(BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size())));
  const Key key(PEM_read_bio_PrivateKey(plain.get(), nullptr, nullptr, nullptr));
  const Bio secret(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), EVP_aes_128_cbc(), passphrase.data(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1,
          "encrypted key");
  return text_of(secret);
}

}  // namespace simplon::test
