// Certificates made on the spot, of every kind that a test may want.
#pragma once

#include <string>
#include <vector>

namespace simplon::test {

enum class TestKey { ecdsa_p256, rsa_2048, rsa_1024, ed25519 };

/// What the certificate is to be.
struct TestCertificateOptions {
  // NOLINTNEXTLINE(readability-redundant-member-init): without it, leaving it out of a list would be warned of
  std::vector<std::string> names = {};  ///< DNS alternative names; empty: no such extension
  std::string common_name = "simplon test";
  TestKey key = TestKey::ecdsa_p256;
  long expires_in_seconds = 24L * 60 * 60;  ///< may be negative
};

/// A self-signed certificate and its key, as PEM.
struct TestCertificate {
  std::string chain_pem;
  std::string key_pem;
};

/// Throws where the TLS library can't make it.
[[nodiscard]] TestCertificate make_test_certificate(const TestCertificateOptions& options);

/// The key of `certificate` encrypted with `passphrase`, as PEM.
[[nodiscard]] std::string encrypt_key(const TestCertificate& certificate, std::string passphrase);

}  // namespace simplon::test
