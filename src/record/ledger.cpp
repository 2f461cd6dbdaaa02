#include "record/ledger.hpp"

#include <algorithm>

namespace simplon::record {

Ledger::Ledger(std::shared_ptr<const Labels> labels) : past_(std::make_unique<Counters>(std::move(labels))) {}

std::shared_ptr<Counters> Ledger::open() {
  const std::lock_guard lock(mutex_);
  auto counters = std::make_unique<Counters>(past_->labels);
  open_.push_back(counters.get());
  return {counters.release(), [this](const Counters* ended) {
            close(*ended);
            delete ended;
          }};
}

void Ledger::close(const Counters& ended) {
  const std::lock_guard lock(mutex_);
  past_->add(ended);
  std::erase(open_, &ended);
}

void Ledger::relabel(std::shared_ptr<const Labels> labels) {
  auto relabelled = std::make_unique<Counters>(std::move(labels));
  const std::lock_guard lock(mutex_);
  relabelled->add(*past_);
  past_ = std::move(relabelled);
}

std::shared_ptr<const Counters> Ledger::sum() const {
  const std::lock_guard lock(mutex_);
  auto sum = std::make_shared<Counters>(past_->labels);
  sum->add(*past_);
  for (const Counters* const each : open_)
    sum->add(*each);
  return sum;
}

}  // namespace simplon::record
