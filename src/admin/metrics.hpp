// The counters of all shards, as Prometheus reads them.
#pragma once

#include "record/counters.hpp"
#include "record/reload.hpp"
#include "serve/snapshot.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace simplon::admin {

/// What metrics are made of.
struct Counted {
  std::shared_ptr<const serve::Snapshot> snapshot;
  std::shared_ptr<const record::Counters> counters;  ///< of all shards, with labels of their own
  record::Reloads reloads;
};

/// The type of `metrics_text`.
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// Every metric in Prometheus's text format, version 0.0.4.
[[nodiscard]] std::string metrics_text(const Counted& counted);

}  // namespace simplon::admin
