// The TLS library that the tests are built with: what of it they have to know, and the calls that each library has in
// its own way. The tests' one place that asks which one it is.
#pragma once

#include <cstdint>
#include <memory>

#include <openssl/ssl.h>

namespace simplon::test {

enum class TlsLibrary : std::uint8_t { openssl, aws_lc, boringssl };

/// Where a test can't hold with one of them, it is skipped and says why.
#if defined(OPENSSL_IS_AWSLC)
inline constexpr TlsLibrary tls_library = TlsLibrary::aws_lc;
#elif defined(OPENSSL_IS_BORINGSSL)
inline constexpr TlsLibrary tls_library = TlsLibrary::boringssl;
#else
inline constexpr TlsLibrary tls_library = TlsLibrary::openssl;
#endif

/// A session for another connection, still good when the one it was made on ends without close_notify.
[[nodiscard]] std::shared_ptr<SSL_SESSION> keep(SSL_SESSION* session);
/// An empty session.
[[nodiscard]] SSL_SESSION* make_session();
/// Sets the client's suites of TLS 1.3; false where the library lets nobody choose.
[[nodiscard]] bool set_tls_1_3_suites(SSL& ssl, const char* names);
/// Whether the session's ticket allows early data.
[[nodiscard]] bool allows_early_data(const SSL_SESSION& session);

}  // namespace simplon::test
