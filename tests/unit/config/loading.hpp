// Configurations from text, for tests.
#pragma once

#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace simplon::config {

/// Enough for any route to be valid: a listener "public" and a certificate. Six lines.
inline constexpr std::string_view listener_and_certificate =
    "[[listen]]\nname = \"public\"\naddress = \"127.0.0.1:8443\"\n[[certificate]]\nchain = \"c.pem\"\nkey = "
    "\"k.pem\"\n";

/// What the above lacks to be a configuration. Two lines.
inline constexpr std::string_view inspector = "[[route]]\ninspect = true\n";

inline Loaded load(std::string_view text) { return load_text(text, "/etc/simplon/simplon.toml"); }

/// `text`, then a listener, a certificate and a route that make it a configuration.
inline Loaded load_settings(std::string_view text) {
  return load(std::string(text) + std::string(listener_and_certificate) + std::string(inspector));
}

/// A listener and a certificate, then `text`, which begins at line 7.
inline Loaded load_routes(std::string_view text) {
  return load(std::string(listener_and_certificate) + std::string(text));
}

/// "LINE:COL: message" of every problem; a single "fine" where there is none.
inline std::vector<std::string> problems_of(const Loaded& loaded) {
  if (loaded) return {"fine"};
  std::vector<std::string> out;
  for (const Problem& each : loaded.error()) {
    out.push_back(std::to_string(each.position.line) + ":" + std::to_string(each.position.column) + ": " +
                  each.message);
  }
  return out;
}

/// Likewise of every warning; the problems where it is no configuration.
inline std::vector<std::string> warnings_of(const Loaded& loaded) {
  if (!loaded) return problems_of(loaded);
  std::vector<std::string> out;
  for (const Problem& each : loaded->warnings) {
    out.push_back(std::to_string(each.position.line) + ":" + std::to_string(each.position.column) + ": " +
                  each.message);
  }
  return out;
}

/// One problem, at "LINE:COL", whose message holds `says`.
inline void expect_problem(const Loaded& loaded, std::string_view at, std::string_view says) {
  const auto problems = problems_of(loaded);
  ASSERT_EQ(problems.size(), 1U) << testing::PrintToString(problems);
  EXPECT_THAT(problems.front(), testing::StartsWith(std::string(at) + ": "));
  EXPECT_THAT(problems.front(), testing::HasSubstr(std::string(says)));
}

}  // namespace simplon::config
