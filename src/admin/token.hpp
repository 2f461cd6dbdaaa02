// The token that clients of the admin server have to show (RFC 6750).
#pragma once

#include "config/config.hpp"
#include "tls/digest.hpp"

#include <expected>
#include <optional>
#include <string_view>

namespace simplon::admin {

/// A secret that can be compared, and nothing else.
class Token {
 public:
  /// A shorter one could be guessed.
  static constexpr std::size_t least_length = 16;

  explicit Token(std::string_view secret);

  /// Reads the file that `settings` name; nothing where they name none. Fails where others than its owner and group may
  /// read it, and where there is no usable token in it.
  [[nodiscard]] static std::expected<std::optional<Token>, config::Problem> load(const config::AdminSettings& settings);

  /// Whether `authorization`, the value of that field, shows it. Takes the same time whatever is wrong with it.
  [[nodiscard]] bool admits(std::optional<std::string_view> authorization) const;

 private:
  // Of one length whatever was shown, so that comparing them tells nothing of the secret, its length included.
  tls::Digest digest_;
};

}  // namespace simplon::admin
