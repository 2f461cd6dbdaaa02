// The counters of all shards, as Prometheus reads them.
#pragma once

#include "record/counters.hpp"
#include "serve/snapshot.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace simplon::admin {

/// What metrics are made of. All counters have the labels of the snapshot.
struct Counted {
  std::shared_ptr<const serve::Snapshot> snapshot;
  std::vector<const record::Counters*> shards;
};

/// The type of `metrics_text`.
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// Every metric in Prometheus's text format, version 0.0.4, summed over the shards. From any thread, while they count.
[[nodiscard]] std::string metrics_text(const Counted& counted);

}  // namespace simplon::admin
