// What `simplon explain` says, apart from how it says it.
#pragma once

#include "config/config.hpp"
#include "route/explain.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// A question and its answer.
struct Explained {
  const config::Config& config;
  const config::Listener& listener;
  std::optional<std::string> server_name;           ///< as it is compared; nothing: none sent, or none that counts
  std::optional<std::vector<std::string>> offered;  ///< in text form; nothing: no ALPN extension
  std::string_view tls;                             ///< "1.2" or "1.3"
  std::optional<std::string> unusable_server_name;  ///< given on the command line, but counting as none
  route::Explanation explanation;
};

/// For people: the question, the answer, and a line for each route.
[[nodiscard]] std::string to_text(const Explained& explained);

/// For programs; docs/reference.md tells its fields.
[[nodiscard]] nlohmann::ordered_json to_json(const Explained& explained);

}  // namespace simplon::cli
