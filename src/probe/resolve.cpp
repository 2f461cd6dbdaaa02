#include "probe/resolve.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>

namespace simplon::probe {

namespace {

// The system's resolver can't be told to stop, so what takes too long goes on. Each is a thread, so they are counted.
class Slots {
 public:
  [[nodiscard]] bool take(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_until(lock, deadline, [this] { return free_ > 0; })) return false;
    --free_;
    return true;
  }
  void give_back() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  int free_ = 256;
};

// Shared with the threads, which may outlive what is static.
std::shared_ptr<Slots> slots() {
  static const auto all = std::make_shared<Slots>();
  return all;
}

constexpr std::string_view too_late = "no address: the resolver does not answer in time";

}  // namespace

Addresses look_up(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (status != 0) return std::unexpected(std::string("no address: ") + ::gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<net::Endpoint> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const net::Endpoint address(each->ai_addr, each->ai_addrlen);
    const auto same = [&](const net::Endpoint& other) { return other.to_text() == address.to_text(); };
    if (std::ranges::none_of(addresses, same)) addresses.push_back(address);
  }
  return addresses;
}

Addresses resolve(const Target& target, Clock::time_point deadline, const Lookup& lookup) {
  if (const auto literal = net::Endpoint::from_ip(target.host, target.port)) return std::vector{*literal};
  const std::shared_ptr<Slots> all = slots();
  if (!all->take(deadline)) return std::unexpected(std::string(too_late));
  std::promise<Addresses> promise;
  std::future<Addresses> addresses = promise.get_future();
  try {
    std::thread([all, target, lookup, promise = std::move(promise)]() mutable {
      promise.set_value(lookup(target));
      all->give_back();
    }).detach();
  } catch (const std::system_error& error) {
    all->give_back();
    return std::unexpected(std::string("no address: ") + error.what());
  }
  if (addresses.wait_until(deadline) != std::future_status::ready) return std::unexpected(std::string(too_late));
  return addresses.get();
}

}  // namespace simplon::probe
