// A session, begun with one offer and resumed with another.
#pragma once

#include "probe/question.hpp"

#include <optional>
#include <string>

namespace simplon::probe {

/// What came of it.
struct ResumptionFacts {
  std::string why_not;  ///< why it could not be tried, for people; empty where it was
  std::string error;    ///< why the second handshake failed; empty where it did not
  bool resumed = false;
  std::optional<ProtocolId> selected;
};

/// One connection after the other, for there are servers that serve one at a time.
[[nodiscard]] ResumptionFacts resume_with(const Server& server, std::uint16_t version, ProtocolIdView first,
                                          ProtocolIdView second);

}  // namespace simplon::probe
