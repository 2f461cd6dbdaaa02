// What a server did, in words.
#pragma once

#include "probe/question.hpp"

#include <string>

namespace simplon::probe {

/// "alert 120 (no_application_protocol)".
[[nodiscard]] std::string describe_alert(std::uint8_t alert);

/// "h2 selected", "no answer to the offer", "alert 50 (decode_error)", "connection closed", …
[[nodiscard]] std::string describe(const Observation& observation, const AlpnBody& offered);

}  // namespace simplon::probe
