// The TLS library that this program runs with.
#pragma once

#include <string_view>

namespace simplon::tls {

/// Its name and version as it tells them itself at run time, such as "OpenSSL 3.0.15 3 Sep 2024".
[[nodiscard]] std::string_view library_version() noexcept;

}  // namespace simplon::tls
