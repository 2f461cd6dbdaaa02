// A certificate of our own making, for the forms that start without a configuration.
#include "tls/native.hpp"

#include <array>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/rand.h>

namespace simplon::tls {

namespace {

constexpr long hour = 60 * 60;
constexpr long day = 24 * hour;

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> address{};
  return inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

// The extension's text form is a list with commas, so a name with one could smuggle in another entry.
std::optional<std::string> alternative_names(std::span<const std::string> names) {
  std::string text;
  for (const auto& name : names) {
    if (name.empty() || name.find_first_of(", \t\n\\\"") != std::string::npos) return std::nullopt;
    if (!text.empty()) text += ',';
    text += is_address(name) ? "IP:" : "DNS:";
    text += name;
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

KeyOwner make_p256_key() {
  const KeyContextOwner context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) != 1 ||
      EVP_PKEY_keygen(context.get(), &key) != 1) {
    return nullptr;
  }
  return KeyOwner(key);
}

// RFC 5280 §4.1.2.2: positive, and of at most 20 bytes; RFC 5280 wants it unique, so it is random.
bool set_random_serial(X509& certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_subject(X509& certificate, const std::string& common_name) {
  // RFC 5280's upper bound for a common name is 64; clients look at the alternative names anyhow.
  const std::string text = common_name.substr(0, 64);
  X509_NAME* subject = X509_get_subject_name(&certificate);
  return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()),
                                    -1, 0) == 1 &&
         X509_set_issuer_name(&certificate, subject) == 1;
}

bool add_extension(X509& certificate, X509V3_CTX& context, int nid, const std::string& value) {
  const ExtensionOwner extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

bool add_extensions(X509& certificate, const std::string& names) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  return add_extension(certificate, context, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, context, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, context, NID_ext_key_usage, "serverAuth") &&
         add_extension(certificate, context, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, context, NID_subject_alt_name, names);
}

X509Owner make_certificate(EVP_PKEY& key, const std::string& common_name, const std::string& names) {
  X509Owner certificate(X509_new());
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 || !set_random_serial(*certificate) ||
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour) == nullptr ||
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 90 * day) == nullptr ||
      X509_set_pubkey(certificate.get(), &key) != 1 || !set_subject(*certificate, common_name) ||
      !add_extensions(*certificate, names) || X509_sign(certificate.get(), &key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return certificate;
}

}  // namespace

std::expected<Certificate, CertificateError> make_self_signed(std::span<const std::string> names) {
  const auto text = alternative_names(names);
  if (!text) {
    return std::unexpected(CertificateError{CertificateError::Code::generation, "",
                                            "a self-signed certificate needs host names or IP addresses to be for"});
  }
  auto native = std::make_shared<Certificate::Native>();
  native->key = make_p256_key();
  X509Owner certificate = native->key ? make_certificate(*native->key, names.front(), *text) : nullptr;
  ERR_clear_error();
  if (!certificate) {
    return std::unexpected(CertificateError{CertificateError::Code::generation, "",
                                            "the TLS library could not make a self-signed certificate for " + *text +
                                                "; name host names or IP addresses only"});
  }
  native->chain.push_back(std::move(certificate));
  if (const auto described = describe_leaf(*native); !described) return std::unexpected(described.error());
  return Certificate(std::move(native));
}

}  // namespace simplon::tls
