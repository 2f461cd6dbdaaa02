// Many hosts, some at a time.
#pragma once

#include "probe/findings.hpp"
#include "probe/target.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace simplon::probe {

/// One host, asked.
struct HostReport {
  Target target;
  std::string error;                           ///< why it has no address; empty where it has
  std::size_t addresses_left_out = 0;          ///< that it has, but that were not asked
  std::vector<Survey> surveys;                 ///< of each address
  std::vector<std::vector<Finding>> findings;  ///< of each survey
};

struct CampaignOptions {
  SurveyOptions survey;
  std::string server_name;  ///< sent instead of each host's own; empty: the host's
  std::chrono::milliseconds timeout{5'000};
  std::size_t concurrency = 32;        ///< hosts at a time
  std::chrono::milliseconds pause{0};  ///< between the beginnings of two hosts with the same address
  std::size_t addresses = 4;           ///< of each host at most
};

/// Looks at all hosts that `next` gives, until it gives none. `next` and `done` are called by one thread at a time, and
/// `done` as soon as a host is done with, in no particular order: what it does not keep is gone. Blocks until all are.
void survey_hosts(const std::function<std::optional<Target>()>& next, const CampaignOptions& options,
                  const std::function<void(HostReport)>& done);

}  // namespace simplon::probe
