// All that was ever counted, through every configuration that a gateway has had.
#pragma once

#include "record/counters.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace simplon::record {

/// Hands out counters and sums them. Those of a former configuration count on as long as they have an owner; what they
/// had counted is kept under the labels of today, so that what is kept does not grow. From any thread.
class Ledger {
 public:
  explicit Ledger(std::shared_ptr<const Labels> labels);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Counters of the labels of today for one shard, which must be gone before the ledger.
  [[nodiscard]] std::shared_ptr<Counters> open();
  /// The labels of today are `labels` from now on.
  void relabel(std::shared_ptr<const Labels> labels);
  /// Everything, under the labels of today.
  [[nodiscard]] std::shared_ptr<const Counters> sum() const;

 private:
  void close(const Counters& ended);

  mutable std::mutex mutex_;  // of both; counting itself takes no lock
  std::unique_ptr<Counters> past_;
  std::vector<const Counters*> open_;
};

}  // namespace simplon::record
