// Certificates out of PEM files. For the sources of this layer only.
#pragma once

#include "tls/native.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::tls {

/// The error, once what the library noted about it is forgotten: it must not surface at some connection's next step.
[[nodiscard]] std::unexpected<CertificateError> failure(CertificateError::Code code, std::string_view file,
                                                        std::string message);

/// The whole file. Fails with `missing_file` or `unreadable_file`.
[[nodiscard]] std::expected<std::string, CertificateError> read_file(const std::filesystem::path& path);

/// For reading `text`, which must outlive it. Throws std::bad_alloc where memory is out.
[[nodiscard]] BioOwner memory_bio(std::string_view text);

/// All certificates in `text`, one at least. Fails with `not_pem` or `broken_pem`, of `file`.
[[nodiscard]] std::expected<std::vector<X509Owner>, CertificateError> read_certificates(std::string_view text,
                                                                                        std::string_view file);

}  // namespace simplon::tls
