// Certificates: a chain with its private key, and what is known of it.
#pragma once

#include "tls/digest.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::tls {

/// The kind of a certificate's key, as far as a client's signature algorithms tell them apart.
enum class KeyType : std::uint8_t { ecdsa, rsa, rsa_pss, ed25519, ed448 };

/// "ecdsa", "rsa", "rsa-pss", "ed25519" or "ed448".
[[nodiscard]] std::string_view name_of(KeyType type) noexcept;

/// Why a certificate can't be used.
struct CertificateError {
  enum class Code : std::uint8_t {
    missing_file,         ///< there is no such file
    unreadable_file,      ///< it is there, but can't be read
    not_pem,              ///< holds no PEM block of the kind wanted
    broken_pem,           ///< holds one that can't be decoded
    encrypted_key,        ///< the key asks for a passphrase
    unsupported_key,      ///< a key that TLS 1.3 has no signature for
    key_mismatch,         ///< the key is not that of the chain's first certificate
    chain_order,          ///< the key is that of a later certificate in the chain
    refused,              ///< the TLS library's policy refuses it, such as an RSA key of 1,024 bits
    no_certificate,       ///< a store was to be built from no certificate at all
    generation,           ///< a self-signed certificate could not be made
    broken_ticket_key,    ///< a file of ticket keys holds something else, too many, or none
    exposed_ticket_keys,  ///< others than its owner may read it
  };
  Code code;
  std::string file;     ///< the file concerned; empty where the text came from no file
  std::string message;  ///< one sentence that says how to mend it; never key material
};

/// "FILE: sentence", or the sentence alone where there is no file.
[[nodiscard]] std::string describe(const CertificateError& error);

/// A certificate chain, leaf first, and the leaf's private key. Immutable and shared: a copy costs one reference, and
/// any number of threads may read it.
class Certificate {
 public:
  /// PEM text and the file it came from, for messages (empty: none).
  struct Pem {
    std::string_view text;
    std::string_view file;
  };

  /// Reads both PEM files, which may be the same one. An expired certificate is no error: see `not_after`.
  [[nodiscard]] static std::expected<Certificate, CertificateError> load(const std::filesystem::path& chain,
                                                                         const std::filesystem::path& key);
  /// Likewise from text.
  [[nodiscard]] static std::expected<Certificate, CertificateError> parse(Pem chain, Pem key);

  /// The DNS names inside, lower-case, without a trailing dot, each once and in the order of the certificate; the
  /// wildcards among them as `*.parent`. From the subject alternative names, or from the common name where there are no
  /// alternative names (RFC 6125 §6.4.4). May be empty.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept;
  /// The last second in which the leaf is valid.
  [[nodiscard]] std::chrono::sys_seconds not_after() const noexcept;
  [[nodiscard]] KeyType key_type() const noexcept;
  /// The SHA-256 of the leaf's DER: equal for two certificates that are the same one.
  [[nodiscard]] const Digest& fingerprint() const noexcept;
  /// The file that the chain came from; empty where it came from none.
  [[nodiscard]] const std::string& file() const noexcept;
  /// The chain without the key, as PEM, for those who are to trust or to show it.
  [[nodiscard]] std::string chain_pem() const;

  /// The library's objects, for the rest of this layer.
  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  friend std::expected<Certificate, CertificateError> make_self_signed(std::span<const std::string> names);
  explicit Certificate(std::shared_ptr<const Native> native) noexcept : native_(std::move(native)) {}

  std::shared_ptr<const Native> native_;
};

/// A fresh certificate for the DNS names and IP addresses (`127.0.0.1`, `::1`) in `names`, at least one, kept in memory
/// only: ECDSA P-256, no CA, for server authentication, valid from an hour ago for 90 days, with a random serial
/// number.
[[nodiscard]] std::expected<Certificate, CertificateError> make_self_signed(std::span<const std::string> names);

}  // namespace simplon::tls
