// Every table of the configuration file and the keys that may stand in it.
#pragma once

#include <span>
#include <string_view>

namespace simplon::config {

/// A table's name as the file writes it, empty for the top level, and its keys.
struct KeyTable {
  std::string_view table;
  std::span<const std::string_view> keys;
};

namespace keys {
extern const KeyTable top;
extern const KeyTable server;
extern const KeyTable limits;
extern const KeyTable tls;
extern const KeyTable admin;
extern const KeyTable listen;
extern const KeyTable certificate;
extern const KeyTable route;
extern const KeyTable match;  ///< the table form of `alpn`
}  // namespace keys

/// All of the above, for documentation and tests.
[[nodiscard]] std::span<const KeyTable> known_keys() noexcept;

}  // namespace simplon::config
