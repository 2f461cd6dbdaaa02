// Any text is a configuration or has problems that say where they are; no file is touched.
#include "config/load.hpp"
#include "route/decide.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void check_valid(const simplon::config::Config& config) {
  demand(!config.listeners.empty() && !config.routes.empty());
  demand(config.table.listeners().size() == config.listeners.size());
  demand(config.table.routes().size() == config.routes.size());
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    simplon::route::Request request;
    request.listener = i;
    const auto decision = simplon::route::decide(config.table, request);
    demand(decision.route.has_value() || decision.refusal.has_value());
  }
  for (const auto& warning : config.warnings)
    demand(warning.position.line != 0 && !warning.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = simplon::config::load_text(text, "/nowhere/fuzz.toml");
  if (loaded) {
    check_valid(*loaded);
    return 0;
  }
  demand(!loaded.error().empty());
  for (const auto& problem : loaded.error())
    demand(problem.position.line != 0 && !problem.message.empty());
  return 0;
}
