// What the inspector shows of one connection.
#pragma once

#include "record/connection.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::serve::inspect {

/// The connection's record, as the log will have it, and what only the inspector tells. Everything that came from the
/// client may be hostile; the page and the JSON escape it.
struct Facts {
  record::Connection connection;
  std::string why;                            ///< one sentence: why this was selected
  std::string_view order = "server";          ///< whose preference decided: "server" or "client"
  std::optional<std::size_t> offered_total;   ///< where `connection.offered` was cut: how many names there were
  std::optional<std::string> group;           ///< the key exchange's group, such as "X25519"
  std::vector<std::string> versions_offered;  ///< most preferred first, such as "1.3"
  std::vector<std::string> groups_offered;    ///< likewise, such as "X25519"
  std::size_t hello_bytes = 0;                ///< the ClientHello message with its header, records not counted
  std::string ja4_raw;                        ///< JA4_r
};

}  // namespace simplon::serve::inspect
