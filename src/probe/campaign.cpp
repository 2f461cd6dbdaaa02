#include "probe/campaign.hpp"

#include "probe/resolve.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace simplon::probe {

namespace {

// Keeps hosts behind one address from being asked all at once.
class Pacer {
 public:
  explicit Pacer(std::chrono::milliseconds pause) : pause_(pause) {}

  void wait_for_turn(const std::string& address) {
    if (pause_.count() == 0) return;
    Clock::time_point turn;
    {
      const std::lock_guard lock(mutex_);
      const Clock::time_point now = Clock::now();
      // What is over is forgotten, so that ten thousand addresses don't pile up.
      std::erase_if(next_, [&](const auto& entry) { return entry.second <= now; });
      Clock::time_point& next = next_[address];
      turn = std::max(next, now);
      next = turn + pause_;
    }
    std::this_thread::sleep_until(turn);
  }

 private:
  std::chrono::milliseconds pause_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> next_;
};

HostReport look_at_host(Target target, const CampaignOptions& options, Pacer& pacer) {
  HostReport report{.target = std::move(target), .error = {}, .addresses_left_out = 0, .surveys = {}, .findings = {}};
  auto addresses = resolve(report.target, Clock::now() + options.timeout);
  if (!addresses) {
    report.error = addresses.error();
    return report;
  }
  if (addresses->size() > options.addresses) {
    report.addresses_left_out = addresses->size() - options.addresses;
    addresses->resize(options.addresses);
  }
  for (const net::Endpoint& address : *addresses) {
    pacer.wait_for_turn(address.address_text());
    const Server server{
        .address = address,
        .name = options.server_name.empty() ? report.target.server_name() : std::optional(options.server_name),
        .timeout = options.timeout};
    report.surveys.push_back(look_at(server, options.survey));
    report.findings.push_back(find_faults(report.surveys.back(), std::chrono::system_clock::now()));
  }
  return report;
}

}  // namespace

void survey_hosts(const std::function<std::optional<Target>()>& next, const CampaignOptions& options,
                  const std::function<void(HostReport)>& done) {
  std::mutex mutex;
  Pacer pacer(options.pause);
  const auto work = [&] {
    for (;;) {
      std::optional<Target> target;
      {
        const std::lock_guard lock(mutex);
        target = next();
      }
      if (!target) return;
      HostReport report = look_at_host(std::move(*target), options, pacer);
      const std::lock_guard lock(mutex);
      done(std::move(report));
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < options.concurrency; ++i)
    threads.emplace_back(work);
  work();
}

}  // namespace simplon::probe
