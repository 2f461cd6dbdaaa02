// What `simplon probe` found, in the forms that it prints.
#pragma once

#include "probe/campaign.hpp"

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace simplon::cli {

/// For people: a few facts for each address, then a line for each finding.
[[nodiscard]] std::string to_text(const probe::HostReport& report);

/// One object for a host.
[[nodiscard]] nlohmann::ordered_json to_json(const probe::HostReport& report);

/// The worst of its findings; nothing where there is none. A host without an address is an error.
[[nodiscard]] std::optional<probe::Severity> worst_of(const probe::HostReport& report);

}  // namespace simplon::cli
