// Host names of backends, resolved without blocking the shard.
#pragma once

#include "net/endpoint.hpp"
#include "net/poller.hpp"
#include "net/task.hpp"

#include <chrono>
#include <expected>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

namespace simplon::net {

/// Asks the system's resolver, on a thread of its own, and keeps answers for 30 seconds. Failures are not kept.
class Resolver {
 public:
  explicit Resolver(asio::io_context& context) : context_(context), resolver_(context) {}

  /// Every address of `host`, in the system's order of preference, or why there is none.
  [[nodiscard]] Task<std::expected<std::vector<Endpoint>, std::string>> resolve(std::string host, std::uint16_t port);

 private:
  using Clock = std::chrono::steady_clock;
  struct Answer {
    std::vector<Endpoint> endpoints;
    Clock::time_point expires;
  };

  asio::io_context& context_;
  asio::ip::tcp::resolver resolver_;
  std::unordered_map<std::string, Answer> answers_;  // as many as the configuration names hosts
};

}  // namespace simplon::net
