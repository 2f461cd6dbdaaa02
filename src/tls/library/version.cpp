#include "tls/library.hpp"

#include <openssl/crypto.h>

namespace simplon::tls {

std::string_view library_version() noexcept { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace simplon::tls
