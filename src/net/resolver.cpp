#include "net/resolver.hpp"

namespace simplon::net {

Task<std::expected<std::vector<Endpoint>, std::string>> Resolver::resolve(std::string host, std::uint16_t port) {
  const std::string service = std::to_string(port);
  const std::string key = host + ':' + service;
  if (const auto known = answers_.find(key); known != answers_.end() && Clock::now() < known->second.expires) {
    co_return known->second.endpoints;
  }
  const Poller::AsioAtWork asking(Poller::of(resolver_.get_executor().context()));
  const auto [error, results] =
      co_await resolver_.async_resolve(host, service, asio::ip::tcp::resolver::numeric_service, use_task);
  if (error) co_return std::unexpected(error.message());
  std::vector<Endpoint> endpoints;
  for (const auto& result : results) {
    endpoints.emplace_back(result.endpoint().data(), static_cast<socklen_t>(result.endpoint().size()));
  }
  answers_[key] = {endpoints, Clock::now() + std::chrono::seconds(30)};
  co_return endpoints;
}

}  // namespace simplon::net
