#include "tls/certificate.hpp"

#include "tls/native.hpp"
#include "tls/pem.hpp"

#include <algorithm>
#include <optional>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace simplon::tls {

namespace {

using Code = CertificateError::Code;

// A passphrase is never asked for: a gateway starts without a person beside it. Being asked is what tells us.
int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::expected<KeyOwner, CertificateError> read_key(Certificate::Pem pem) {
  const auto bio = memory_bio(pem.text);
  bool passphrase_asked = false;
  ERR_clear_error();
  KeyOwner key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &refuse_passphrase, &passphrase_asked));
  if (key) return key;
  if (passphrase_asked) {
    return failure(Code::encrypted_key, pem.file,
                   "is encrypted with a passphrase; decrypt it with \"openssl pkey -in FILE -out NEWFILE\"");
  }
  // The decoder's own errors are about what it tried; whether a block is there at all is told by its first line.
  if (pem.text.find("PRIVATE KEY-----") == std::string_view::npos) {
    return failure(Code::not_pem, pem.file,
                   "holds no private key in PEM form; it should begin with \"-----BEGIN PRIVATE KEY-----\"");
  }
  return failure(Code::broken_pem, pem.file, "the private key can't be decoded; copy the file again from its source");
}

std::expected<void, CertificateError> check_match(const Certificate::Native& native, std::string_view key_file) {
  if (X509_check_private_key(native.chain.front().get(), native.key.get()) == 1) return {};
  for (std::size_t i = 1; i < native.chain.size(); ++i) {
    if (X509_check_private_key(native.chain[i].get(), native.key.get()) == 1) {
      return failure(Code::chain_order, native.file,
                     "the key belongs to certificate number " + std::to_string(i + 1) +
                         " of this file; put that certificate first and its issuers after it");
    }
  }
  return failure(Code::key_mismatch, key_file,
                 "the key does not belong to the chain's first certificate; name the key that the certificate was "
                 "issued for");
}

std::optional<KeyType> type_of(const EVP_PKEY& key) {
  switch (EVP_PKEY_base_id(&key)) {
    case EVP_PKEY_EC:
      return KeyType::ecdsa;
    case EVP_PKEY_RSA:
      return KeyType::rsa;
    case EVP_PKEY_RSA_PSS:
      return KeyType::rsa_pss;
    case EVP_PKEY_ED25519:
      return KeyType::ed25519;
#ifdef EVP_PKEY_ED448
    case EVP_PKEY_ED448:
      return KeyType::ed448;
#endif
    default:
      return std::nullopt;
  }
}

void add_name(std::vector<std::string>& names, const ASN1_STRING* text) {
  std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text)));
  if (name.ends_with('.')) name.pop_back();
  // Only what a server name can be: never a byte that could end or fold a comparison elsewhere.
  const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
  if (name.empty() || !std::ranges::all_of(name, printable)) return;
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

using TimeOwner = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;

// By the way of a difference, which every library can tell.
std::optional<std::chrono::sys_seconds> time_of(const ASN1_TIME& time) {
  const TimeOwner epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), &time) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::days(days) + std::chrono::seconds(seconds));
}

std::vector<std::string> names_of(const X509& leaf) {
  std::vector<std::string> names;
  const GeneralNamesOwner alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&leaf, NID_subject_alt_name, nullptr, nullptr)));
  if (alternatives) {
    for (int i = 0; i < static_cast<int>(sk_GENERAL_NAME_num(alternatives.get())); ++i) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
      if (name->type == GEN_DNS) add_name(names, name->d.dNSName);
    }
    return names;
  }
  // RFC 6125 §6.4.4: the common name counts only where there is no alternative name.
  const X509_NAME* subject = X509_get_subject_name(&leaf);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) add_name(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  return names;
}

}  // namespace

std::expected<void, CertificateError> describe_leaf(Certificate::Native& native) {
  const X509& leaf = *native.chain.front();
  const auto type = type_of(*native.key);
  if (!type) {
    return failure(Code::unsupported_key, native.file,
                   "has a key of a kind that TLS 1.3 has no signature for; use an ECDSA, RSA or Ed25519 key");
  }
  native.key_type = *type;
  native.names = names_of(leaf);
  const auto not_after = time_of(*X509_get0_notAfter(&leaf));
  unsigned int digest_size = 0;
  if (!not_after || X509_digest(&leaf, EVP_sha256(), reinterpret_cast<unsigned char*>(native.fingerprint.data()),
                                &digest_size) != 1) {
    return failure(Code::broken_pem, native.file, "the certificate's date can't be read; have it issued again");
  }
  native.not_after = *not_after;
  ERR_clear_error();
  return {};
}

std::expected<Certificate, CertificateError> Certificate::load(const std::filesystem::path& chain,
                                                               const std::filesystem::path& key) {
  const auto chain_text = read_file(chain);
  if (!chain_text) return std::unexpected(chain_text.error());
  auto key_text = read_file(key);
  if (!key_text) return std::unexpected(key_text.error());
  auto certificate = parse({*chain_text, chain.native()}, {*key_text, key.native()});
  OPENSSL_cleanse(key_text->data(), key_text->size());
  return certificate;
}

std::expected<Certificate, CertificateError> Certificate::parse(Pem chain, Pem key) {
  auto native = std::make_shared<Native>();
  native->file = chain.file;
  auto certificates = read_certificates(chain.text, chain.file);
  if (!certificates) return std::unexpected(certificates.error());
  native->chain = std::move(*certificates);
  auto private_key = read_key(key);
  if (!private_key) return std::unexpected(private_key.error());
  native->key = std::move(*private_key);
  if (const auto match = check_match(*native, key.file); !match) return std::unexpected(match.error());
  if (const auto described = describe_leaf(*native); !described) return std::unexpected(described.error());
  return Certificate(std::move(native));
}

const std::vector<std::string>& Certificate::names() const noexcept { return native_->names; }
std::chrono::sys_seconds Certificate::not_after() const noexcept { return native_->not_after; }
KeyType Certificate::key_type() const noexcept { return native_->key_type; }
const Digest& Certificate::fingerprint() const noexcept { return native_->fingerprint; }
const std::string& Certificate::file() const noexcept { return native_->file; }

std::string Certificate::chain_pem() const {
  const BioOwner bio(BIO_new(BIO_s_mem()));
  for (const auto& certificate : native_->chain) {
    if (!bio || PEM_write_bio_X509(bio.get(), certificate.get()) != 1) throw std::bad_alloc();
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string_view name_of(KeyType type) noexcept {
  switch (type) {
    case KeyType::ecdsa:
      return "ecdsa";
    case KeyType::rsa:
      return "rsa";
    case KeyType::rsa_pss:
      return "rsa-pss";
    case KeyType::ed25519:
      return "ed25519";
    case KeyType::ed448:
      return "ed448";
  }
  return "unknown";
}

std::string describe(const CertificateError& error) {
  return error.file.empty() ? error.message : error.file + ": " + error.message;
}

}  // namespace simplon::tls
